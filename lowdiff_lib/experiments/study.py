"""What a study is: a question, the grid it looks at, named metrics, and how to measure them. And measured tables.

A table is what one study measured of one arm. It is measured once and kept:

    runs/tables/<study>-<arm>-<address>.csv    the table
    runs/tables/<study>-<arm>-<address>.json   its hash and number of rows, what made it, where, when; sealed

The address depends on the runs that are looked at. What made it, the code that measures and the code that trained,
decides whether it is fresh; a table that is not is measured again. The second file is written last: a table without it,
or with other bytes than it names, does not count.
"""

import inspect
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import choose, one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import PACKAGE, code_dependencies, code_hash, fingerprint
from lowdiff_lib.base.provenance import provenance, torch_version
from lowdiff_lib.base.storage import digest, locked, remove_strays, replacing, seal, sha256, unseal
from lowdiff_lib.datasets.samples import shown
from lowdiff_lib.experiments.grid import Bench, Case, Grid, train
from lowdiff_lib.experiments.profiles import PUBLISHED, trained
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy
from lowdiff_lib.training import made_by, runs, sweep

TRAINED = {"A", "B", "twin"}
APART = tuple(f"lowdiff_lib.datasets.mixtures:{name}" for name in ("_RECIPES", "MIXTURES"))  # as `made_by.APART`


class Value(NamedTuple):
    """One measured value. who: whose; a model (A, B, twin), a reference, or two of them that are compared (A-B)."""

    metric: str
    who: str
    sigma: float
    value: float


class Metric(NamedTuple):
    """What a metric means, in words, and its unit; none for shares, cosines and ratios."""

    meaning: str
    unit: str = ""


@dataclass(frozen=True, repr=False)
class Study:
    """A question and how it is answered: `measure` looks at the bench of one case of the grid and yields values.

    `measure` is a function at the top of its module; its code, and what it reaches, decides whether a table is fresh.
    Of a module that is not of this library all of the code does.
    arms: of the grid, those that are swept and published if none is named; the first one is the usual one. Any other
    can be asked for.
    """

    name: str
    question: str
    grid: Grid
    metrics: Mapping[str, Metric]
    measure: Callable[[Any], Iterator[Value]]
    arms: tuple[str, ...] = ("told",)

    def __repr__(self) -> str:
        return f"Study {self.name}: {self.question}"

    def plan(
        self,
        profile: str = "quick",
        arm: str = "told",
        datasets: Sequence[str] = (),
        sizes: Sequence[int] = (),
        repetitions: int = 0,
    ) -> "Plan":
        """One arm at some scale; what is left empty the arm decides, then the profile.

        sizes: n_train; 0 is the largest. Raises LowdiffError, TooFewSamples, DataNotFound.
        """
        choose(self.grid.profiles, trained(profile), "profile")
        one_of([*self.grid.arms], arm, f"arm of {self.name}")
        return Plan(self, arm, self.grid.cases(profile, arm, datasets, sizes, repetitions))

    def measured(
        self,
        profile: str = "quick",
        datasets: Sequence[str] = (),
        sizes: Sequence[int] = (),
        repetitions: int = 0,
        arms: Sequence[str] = ("told",),
    ) -> Measured:
        """What was measured of some arms, here and as it is published. Trains and measures what is missing.

        With the profile `published` what is published alone, if it has these data sets ("auto": whichever) and arms
        and if no size and no number of repetitions is asked for; else as with `quick`.
        """
        if profile == PUBLISHED and not sizes and not repetitions:
            found = Measured.in_data(self.name, *arms)
            wanted = set(datasets) - {"auto"}
            if found.arms == set(arms) and wanted <= set(found.datasets):
                return found.where(dataset=wanted) if wanted else found
        profile = trained(profile)
        plans = [self.plan(profile, arm, datasets, sizes, repetitions) for arm in arms]
        sweep.ensure([spec for plan in plans if not plan.about() for spec in plan.specs])
        own = pd.concat([plan.table() for plan in plans], ignore_index=True)
        return Measured.of(self.name, own, profile)

    def rows(self, case: Case, bench: Bench | None = None) -> Iterator[dict]:
        """The rows of one case, on a bench of its own or this. Raises KeyError for a metric that the study lacks."""
        bench = bench or self.grid.bench(case)
        about = {"dataset": shown(case.spec.dataset), "dim": bench.dim, "arm": case.arm.name}
        about |= {"n_train": case.spec.n_train, "step": case.step, "repetition": case.repetition}
        for value in self.measure(bench):
            self.metrics[value.metric]
            trained = TRAINED & set(re.split("[- ]", value.who))
            yield about | {"objective": case.spec.objective if trained else "none"} | value._asdict()


@dataclass(frozen=True, repr=False)
class Plan:
    """One arm of a study at some scale: its cases, and the table of them."""

    study: Study
    arm: str
    cases: Sequence[Case]

    def __repr__(self) -> str:
        return f"Plan {self.name}: {len(self.cases)} cases, {len(self.specs)} runs"

    @property
    def name(self) -> str:
        """As the table is published."""
        return f"{self.study.name}/{self.arm}"

    @property
    def specs(self) -> list[RunSpec]:
        """The runs of all cases, each once."""
        return list(dict.fromkeys(spec for case in self.cases for spec in case.runs.values()))

    @cached_property
    def code(self) -> str:
        """Fingerprint of the code that measures, with that of the models it stands on."""
        return _fingerprint(*_functions(self.study.measure), self.study.grid.bench)

    @cached_property
    def path(self) -> Path:
        """Where the table is, or will be."""
        cases = [
            [case.repetition, case.step, {role: runs.key(spec) for role, spec in case.runs.items()}]
            for case in self.cases
        ]
        return paths.runs() / "tables" / f"{self.study.name}-{self.arm}-{digest(cases)[:16]}.csv"

    @cached_property
    def made_by(self) -> dict[str, Any]:
        """What a fresh table is made by."""
        trained_by = sorted({made_by.code(spec) for spec in self.specs})
        return {"code": self.code, "training": trained_by, "torch": torch_version()}

    def about(self) -> dict | None:
        """When, where and in how many seconds the stored table was measured; None if there is no whole, fresh one."""
        file = self.path.with_suffix(".json")
        if not file.is_file():  # looked at first: to hash the code takes a while
            return None
        made_by = self.made_by
        try:
            about = unseal(file.read_bytes())
            whole = sha256(self.path) == about["sha256"]
            return about if whole and about["made_by"] == made_by else None
        except (OSError, ValueError, KeyError):
            return None

    def stored(self) -> pd.DataFrame | None:
        """The table if it was measured before, else None. Trains and measures nothing."""
        return pd.read_csv(self.path) if self.about() else None

    def table(self) -> pd.DataFrame:
        """The table, from the store if it was measured before; trains the missing runs first."""
        if not self.about():
            _ = self.made_by  # of the code as it is before hours of training; it raises where that cannot be told
            train(self.cases)
            with locked(self.path):
                if not self.about():  # another process may have measured it meanwhile
                    self._measure()
        return pd.read_csv(self.path)

    def _measure(self) -> None:
        """Measure the trained runs and keep the table. For who holds its lock."""
        for file in (self.path, self.path.with_suffix(".json")):
            remove_strays(file)
        print(f"measuring {self.study.name}, {self.arm}", file=sys.stderr, flush=True)
        start = time.monotonic()
        table = tidy(row for case in self.cases for row in self.study.rows(case))
        with replacing(self.path) as temporary:
            table.to_csv(temporary, index=False)
        about = {"sha256": sha256(self.path), "rows": len(table), "seconds": time.monotonic() - start}
        about |= {"made_by": self.made_by}
        with replacing(self.path.with_suffix(".json")) as temporary:
            temporary.write_text(json.dumps(seal(about | provenance()), indent=1))


def _fingerprint(*code: Callable) -> str:
    """Hash of functions and classes and of what they reach; of one outside this library, of all of its file.

    Raises LowdiffError for one that is in no file.
    """
    ours = [each for each in code if each.__module__.split(".")[0] == PACKAGE.name]
    found = fingerprint(*(f"{each.__module__}:{each.__qualname__}" for each in ours), without=APART)
    for name in dict.fromkeys(each.__module__ for each in code if each not in ours):
        try:
            source = inspect.getsource(sys.modules[name])
        except (OSError, TypeError):
            raise LowdiffError(
                f"{name} is in no file, so a table could not be told from one of other code; put measure into a module"
            ) from None
        found = digest([found, code_hash(source), code_dependencies(source)])[:16]
    return found


def _functions(measure: Callable) -> Iterator[Callable]:
    """What measures, and the functions that it was handed beforehand, such as a sampler."""
    if isinstance(measure, partial):
        yield from _functions(measure.func)
        yield from (each for each in (*measure.args, *measure.keywords.values()) if callable(each))
    else:
        yield measure
