"""What was measured of a question: on this machine, and as it is published. Every figure and sentence is given this."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lowdiff_lib.tables.shelf import find
from lowdiff_lib.tables.tidy import COLUMNS, PHOTOGRAPHS, called, where

NOTHING = pd.DataFrame(columns=COLUMNS)


@dataclass(frozen=True, eq=False, repr=False)
class Measured:
    """One question's table as this machine measured it, `own`, and as it is published (None if it is not).

    Both have the columns `tidy.COLUMNS`. study: whose table it is. profile: at what scale `own` was measured; "" if it
    was not, and is empty. published_leads: whether what is published is what is spoken of, see `first`.
    """

    study: str
    own: pd.DataFrame
    published: pd.DataFrame | None
    profile: str
    published_leads: bool = False

    def __repr__(self) -> str:
        theirs = "nothing published" if self.published is None else f"published {len(self.published):,} rows"
        mine = f"measured {len(self.own):,} rows (profile {self.profile}), " if self.profile else ""
        return f"Measured: {self.study}; {mine}{theirs}"

    @classmethod
    def of(cls, study: str, own: pd.DataFrame, profile: str) -> "Measured":
        """With what is published of the arms that `own` has. Raises NotAsPublished."""
        return cls(study, own, find(study, *own.arm.unique()), profile)

    @classmethod
    def in_data(cls, study: str, *arms: str) -> "Measured":
        """What is published of some arms, without a re-run; nothing, if none of them is. Raises NotAsPublished."""
        return cls(study, NOTHING, find(study, *arms), "")

    @property
    def shown(self) -> pd.DataFrame:
        """The table that sentences and captions speak of. The rule stands here alone: what this machine measured.

        What is published, if this machine did not measure, or if that leads. Never now the one and now the other, row
        by row.
        """
        if self.profile and not self.published_leads:
            return self.own
        return NOTHING if self.published is None else self.published

    @property
    def other(self) -> pd.DataFrame:
        """The table that is not `shown`, as far as it has the same data sets: what it can be compared with."""
        other = self.published if self.profile and not self.published_leads else self.own
        return NOTHING if other is None else other[other.dataset.isin(self.shown.dataset)]

    @property
    def first(self) -> "Measured":
        """This, with what is published in the lead, unless this machine measured what is not published.

        Who ran another data set, arm or n_train than there is wants to see that; it is then theirs.
        """
        if self.published is None or self.published.empty or not self.profile:
            return self
        cells = ["dataset", "arm", "n_train"]
        theirs = set(self.own[cells].itertuples(index=False, name=None))
        known = set(self.published[cells].itertuples(index=False, name=None))
        return replace(self, published_leads=theirs <= known)

    @property
    def origin(self) -> str:
        """Whose table `shown` is, in words."""
        own = self.profile and not self.published_leads
        return f"this re-run (profile {self.profile})" if own else f"the published table{self.on}"

    @property
    def on(self) -> str:
        """Of which photographs what is published is, as " on CelebA"; nothing if of mixtures, or if there is none."""
        theirs = set() if self.published is None else set(self.published.dataset)
        return f" on {called(theirs)}" if theirs & PHOTOGRAPHS.keys() else ""

    @property
    def arms(self) -> set[str]:
        """The arms that `shown` has."""
        return set(self.shown.arm)

    @property
    def sizes(self) -> list[int]:
        """Each n_train of `shown`, the smallest first."""
        return [int(n) for n in sorted(self.shown.n_train.unique())]

    @property
    def sigmas(self) -> list[float]:
        """Each noise level of `shown`, the lowest first."""
        return [float(sigma) for sigma in sorted(self.shown.sigma.unique())]

    @property
    def datasets(self) -> list[str]:
        """The data sets of `shown`, as they come."""
        return list(self.shown.dataset.unique())

    @property
    def name(self) -> str:
        """The data sets of `shown`, as people call them."""
        return called(self.datasets)

    def each(self, column: str) -> list["Measured"]:
        """Narrowed to each value that `shown` has in a column: numbers rising, names as they come."""
        values = self.shown[column].unique().tolist()
        return [self.where(**{column: v}) for v in (values if isinstance(values[0], str) else sorted(values))]

    def mean(self, **columns: Any) -> float:
        """Mean of the values that `shown` has where the columns are as given."""
        return float(where(self.shown, columns).value.mean())

    def means(self, *by: str) -> pd.Series:
        """Means of the values of `shown` for each combination of some columns."""
        return self.shown.groupby(by[0] if len(by) == 1 else list(by))["value"].mean()

    @property
    def alone(self) -> "Measured":
        """What `shown` is of, without the other."""
        if self.profile and not self.published_leads:
            return replace(self, published=None)
        return replace(self, own=NOTHING, profile="", published_leads=False)

    @property
    def common(self) -> "Measured":
        """The data sets, sizes and repetitions that every arm has, of both."""
        return self.map(_common)

    @property
    def largest(self) -> "Measured":
        """What is measured at the largest n_train of each arm and data set, of both."""
        return self.map(
            lambda table: table[table.n_train == table.groupby(["arm", "dataset"]).n_train.transform("max")]
        )

    def where(self, **columns: Any) -> "Measured":
        """Those rows of both where each named column has the value, or one of the values, that is given.

        measured.where(metric="residual_cosine", who=["A-B", "A-twin"])
        """
        return self.map(lambda table: where(table, columns))

    def arm(self, *names: str) -> "Measured":
        """Those rows of both that are of the arms named."""
        return self.where(arm=list(names))

    def map(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> "Measured":
        """Both tables, changed alike. What is empty stays as it is."""
        own, published = (one if one is None or one.empty else change(one) for one in (self.own, self.published))
        return replace(self, own=own, published=published)


def _common(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["dataset", "n_train", "repetition"]
    shared = table.groupby(keys)["arm"].transform("nunique") == table.arm.nunique()
    return table[shared]
