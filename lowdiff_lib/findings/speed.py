"""How long it takes, and on what: what is published, and the paper's whole grid, by the speed that was measured."""

import pandas as pd

from lowdiff_lib.tables import manifest

NOT_MEASURED = "*Not measured yet.*"


def training_time(about: dict) -> str:
    """How many networks stand behind the published tables, for how long they were trained, and on what.

    about: the machine that speed was measured on, `tables.speed`; {} if that was not.
    """
    seconds = {key: run["seconds"] for entry in manifest.entries() for key, run in entry["runs"].items()}
    machine = f", on {about['processor']} ({about['machine']})" if about else ""
    return (
        f"**What is published took {_long(sum(seconds.values()) / 3600)} of training, one core at a time**: "
        f"{len(seconds):,} networks{machine}. To show it takes seconds, as nothing is trained for it."
    )


def speed_estimate(table: pd.DataFrame, gpu_peak: float, gpu_share: float, gpus: int) -> str:
    """What the paper's full grid would take. gpu_peak: TFLOP/s; gpu_share: how much of it trainings are to reach.

    gpus: how many a cluster has; each trains runs of its own.
    """
    grid = table[table.subject == "paper"]
    if grid.empty:
        return NOT_MEASURED
    work = grid[grid.unit == "PFLOP"].set_index("case").ours
    hours = grid[grid.unit == "hours"].set_index("case").ours
    on_gpu = 1e3 * work / gpu_peak / gpu_share / 3600
    lines = [
        f"- {case}: {work[case]:,.3g} PFLOP; {_long(hours[case])} on this machine, {_long(on_gpu[case])} on the GPU."
        for case in work.index
    ]
    there = float(on_gpu.sum())
    assumed = (
        f"Together, {_long(float(hours.sum()))} on this machine, {_long(there)} on one GPU and {_long(there / gpus)} "
        f"on a cluster of {gpus}, each with runs of its own. An estimate, not a measurement: for this machine it "
        "takes the speed of a few steps, and two processes that do not slow each other down; for the GPU a peak of "
        f"{gpu_peak:g} TFLOP/s of which {gpu_share:.0%} are reached, which small networks may not."
    )
    return "\n".join([*lines, "", assumed])


def _long(hours: float) -> str:
    for unit, length in (("years", 24 * 365.25), ("days", 24), ("hours", 1)):
        if hours >= 2 * length or unit == "hours":
            return f"{hours / length:,.2g} {unit}"
    raise AssertionError
