"""What was measured of a question: on this machine, and as it is published. Every figure and sentence is given this."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lowdiff_lib.tables.shelf import published as in_data


@dataclass(frozen=True, eq=False)
class Measured:
    """One question's table as this machine measured it, `own`, and as it is published (None if it is not).

    Both have the columns `tidy.COLUMNS`. study: whose table it is. profile: at what scale `own` was measured.
    """

    study: str
    own: pd.DataFrame
    published: pd.DataFrame | None
    profile: str

    @classmethod
    def of(cls, study: str, own: pd.DataFrame, profile: str) -> "Measured":
        """With what is published of the arms that `own` has. Raises NotAsPublished."""
        return cls(study, own, in_data(study, *own.arm.unique()), profile)

    @property
    def shown(self) -> pd.DataFrame:
        """The table that sentences and captions speak of. The rule stands here alone: what this machine measured."""
        return self.own

    @property
    def origin(self) -> str:
        """Whose table `shown` is, in words."""
        return f"this re-run (profile {self.profile})"

    @property
    def layers(self) -> list[pd.DataFrame]:
        """What is drawn, one over the other: the re-run, and over it what is published, as far as there is any."""
        return [self.own] if self.published is None or self.published.empty else [self.own, self.published]

    def where(self, **columns: Any) -> "Measured":
        """Those rows of both where each named column has the value, or one of the values, that is given.

        measured.where(metric="residual_cosine", who=["A-B", "A-twin"])
        """
        theirs = None if self.published is None else _where(self.published, columns)
        return replace(self, own=_where(self.own, columns), published=theirs)

    def arm(self, *names: str) -> "Measured":
        """Those rows of both that are of the arms named."""
        return self.where(arm=list(names))


def _where(table: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    for column, wanted in columns.items():
        table = table[table[column].isin(wanted if isinstance(wanted, list | tuple | set) else [wanted])]
    return table
