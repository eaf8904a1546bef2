"""The errors a user can cause. Each message names the value, the limit and the remedy.

`lowdiff` prints them as one sentence, without a traceback, and exits with `exit_code`.
"""


class LowdiffError(ValueError):
    """Something the user asked for cannot be done; the message says what would work instead."""

    exit_code = 2
    shown = False  # whether a page prints the message: then a changed message makes the page stale (`fingerprint`)


class DataNotFound(LowdiffError):
    """A data set is not on this machine; the message says where to put it."""


class TooFewSamples(LowdiffError):
    """More training samples were asked for than one side holds."""

    def __init__(self, dataset: str, asked: int, available: int):
        self.asked, self.available = asked, available
        super().__init__(
            f"{dataset}: {asked:,} training samples asked for, but a side holds {available:,}; "
            f"ask for at most {available:,}"
        )
        self.dataset = dataset

    def __reduce__(self) -> tuple:  # so that it crosses from a worker process to the caller whole
        return TooFewSamples, (self.dataset, self.asked, self.available)


class TrainingDiverged(LowdiffError):
    """A loss or a weight became infinite or not a number; nothing of the run was published."""

    exit_code = 1


class WorkerLost(LowdiffError):
    """What trains went away: processes were killed again and again, or a cluster is gone. What was finished is kept."""

    exit_code = 1


class NotAsPublished(LowdiffError):
    """What lies in the data folder is not what was published there, or could not be repeated."""

    exit_code = 1
