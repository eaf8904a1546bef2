"""The arms of the two grids: named variations of all their networks, such as twice the steps.

A new arm is one entry here: its name, its meaning in words, how it changes a run and, if it is not to be trained
everywhere, in which cells of the grid. Then `lowdiff sweep STUDY --arm NAME` knows it, for every study of the grid.
Nothing that computes is imported, so that a mistyped name is answered at once.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lowdiff_lib.specs import RunSpec

Change = Callable[[RunSpec], RunSpec]


@dataclass(frozen=True)
class Cells:
    """Which cells of a grid. What is left empty is as the profile has it; a size of 0 is the largest there is.

    repeated: the sizes that have every repetition, while the others have the first alone; None: all sizes have.
    """

    datasets: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    repeated: tuple[int, ...] | None = None


def as_it_is(spec: RunSpec) -> RunSpec:
    return spec


def times(name: str, factor: float) -> Change:
    """A change that multiplies a whole number of a spec, such as its steps."""
    return lambda spec: dataclasses.replace(spec, **{name: max(1, round(factor * getattr(spec, name)))})


def given(**fields: Any) -> Change:
    """A change that sets fields of a spec."""
    return lambda spec: dataclasses.replace(spec, **fields)


def finer(factor: int, **fields: Any) -> Change:
    """So many times the pixels a side, by networks that multiply in bfloat16: in float32 it would take twice as long.

    fields: others that are set.
    """
    return lambda spec: times("resolution", factor)(dataclasses.replace(spec, precision="bfloat16", **fields))


PAPER_WIDTH = 64  # channels


def half_as_wide(spec: RunSpec) -> RunSpec:
    """For sliced score matching, a step of which takes longer than any other. Not in the paper's own width."""
    return spec if spec.width >= PAPER_WIDTH else dataclasses.replace(spec, width=max(4, spec.width // 2))


@dataclass(frozen=True)
class Arm:
    """A named variation of a grid, with its meaning in words.

    cells: where it is trained; by_profile: the same for single profiles. roles: which of A, B and twin. beside: the
    same networks of the usual arm are measured beside them, as `told A` and so on. references: the denoisers that need
    no training are measured, too; the usual arm has those of the usual data. budgets: how long its networks are
    trained, in units of the usual. Each is a training of its own, whose learning rate falls to zero at its own end:
    training time is an axis of which every point is fair.
    """

    name: str
    meaning: str
    change: Change = as_it_is
    cells: Cells = Cells()
    by_profile: Mapping[str, Cells] = field(default_factory=dict)
    roles: tuple[str, ...] = ("A", "B", "twin")
    beside: bool = False
    references: bool = False
    budgets: tuple[float, ...] = (1.0,)

    def within(self, profile: str) -> Cells:
        """Its cells in a profile."""
        return self.by_profile.get(profile, self.cells)


TOLD = Arm("told", "networks that are told the noise level", references=True)


def named(*arms: Arm) -> dict[str, Arm]:
    """Arms by their names, the usual one first."""
    return {arm.name: arm for arm in (TOLD, *arms)}


# ---- mixtures ----

LARGEST = Cells(sizes=(0,), repeated=())
BUDGETS = (1 / 16, 1 / 4, 4.0)  # beside the usual one
IN_TIME = Cells(("spiral", "hd-sharpcov"), (100, 1000, 10_000, 100_000), ())
CROSSED_IN_TIME = Cells(("spiral",), (100, 10_000, 100_000), ())
ONE_SIZE = {"smoke": Cells(sizes=(100,), repeated=())}
MIXTURES_FEWER = {
    "smoke": Cells(sizes=(100,)),
    "quick": Cells(("spiral",), (10_000,), ()),
}  # what other objectives leave out
CROSSED_FEWER = ONE_SIZE | {"quick": MIXTURES_FEWER["quick"]}
IN_TIME_FEWER = ONE_SIZE | {"quick": Cells(("spiral",), (100, 10_000), ())}
BLIND: dict[str, Any] = {"parametrisation": "blind", "sigma_max": 1.0}
BLIND_WEIGHTED: dict[str, Any] = {"parametrisation": "blind", "noise": "log-uniform", "weighting": "noise"}
PLAIN: dict[str, Any] = {"noise": "square", "weighting": "none", "sigma_max": 1.0}  # how the paper trains
WEIGHTED = "networks not told the noise level, trained like ours: by the squared error in units of the noise, nearly"
PLAINLY = "networks told the noise level, trained like the paper's: by the plain squared error, at its noise levels"
MIXTURES = named(
    Arm("half", "half the steps", times("steps", 0.5), LARGEST),
    Arm("twice", "twice the steps", times("steps", 2), LARGEST),
    Arm(
        "eightfold",
        "eight times the steps",
        times("steps", 8),
        Cells(("spiral", "sharpcov"), (0,), ()),
        references=True,
    ),
    Arm(
        "blind", "networks that are not told the noise level, trained by the plain squared error",
        given(**BLIND),
    ),
    Arm("told-plain", PLAINLY, given(**PLAIN), by_profile=MIXTURES_FEWER),
    Arm(
        "blind-weighted", WEIGHTED, given(**BLIND_WEIGHTED),
        by_profile=MIXTURES_FEWER,
    ),
    Arm(
        "told-in-time", "networks told the noise level, trained for less and for more time",
        cells=IN_TIME, by_profile=IN_TIME_FEWER, budgets=BUDGETS,
    ),
    Arm(
        "blind-in-time", "networks not told the noise level, trained for less and for more time", given(**BLIND),
        IN_TIME, by_profile=IN_TIME_FEWER, budgets=BUDGETS,
    ),
    Arm(
        "told-plain-in-time", f"{PLAINLY}; for less and for more time", given(**PLAIN),
        CROSSED_IN_TIME, by_profile=CROSSED_FEWER, budgets=BUDGETS,
    ),
    Arm(
        "blind-weighted-in-time", f"{WEIGHTED}; for less and for more time",
        given(**BLIND_WEIGHTED),
        CROSSED_IN_TIME, by_profile=CROSSED_FEWER, budgets=BUDGETS,
    ),
    Arm(
        "by-heart", "networks told the noise level, trained until they know their data by heart",
        cells=Cells(("spiral",), (30, 100, 300, 1000), ()), roles=("A",), budgets=(*BUDGETS[:2], 1, *BUDGETS[2:], 16),
    ),
    Arm(
        "other-power", "the output scaled by the other power of sigma / sqrt(sigma^2 + sd^2)",
        lambda spec: dataclasses.replace(spec, output_power=3 - spec.output_power), LARGEST, ONE_SIZE, ("A", "B"),
    ),
    Arm(
        "earlier", "the network and the training of the authors' earlier code, which is not told the noise level",
        given(
            network="skip", parametrisation="clean", noise="uniform", width=64, depth=3, sigma_min=0.001, sigma_max=1.0,
            lr=1e-3, batch=128,
        ),
        Cells(("uniform", "sharpcov", "spiral"), (1000, 100_000), ()),
    ),
    Arm("ncsn", "trained by denoising score matching", given(objective="ncsn"), by_profile=MIXTURES_FEWER),
    Arm("ssm", "trained by sliced score matching", given(objective="ssm"), by_profile=MIXTURES_FEWER),
)  # fmt: skip

# ---- faces ----

COMPARED = (100, 0)  # n_train at which pictures of other sizes and other precisions are compared; 0 is the largest
FACES_IN_TIME = Cells(sizes=(10, 100, 1000, 10_000), repeated=())
MANY = Cells(sizes=(10_000,), repeated=())
FINEST = Cells(sizes=(100, 10_000), repeated=())
SIDES = ("A", "B")  # where a twin would take a quarter of an hour that other networks are worth more
FACES_FEWER = {
    "smoke": Cells(sizes=(10,)),
    "quick": Cells(sizes=(0,), repeated=()),
    "full": Cells(sizes=(100, 0)),
    "paper": Cells(sizes=(100, 10_000, 0)),
}
PUBLISHED: dict[str, Any] = {  # what the paper's two score networks share
    "network": "ncsn", "noise": "levels", "levels": 10, "sigma_min": 0.01, "sigma_max": 1.0, "lr": 1e-3,
}  # fmt: skip
FACES = named(
    Arm("twice", "twice the steps", times("steps", 2), Cells(sizes=(0,), repeated=())),
    Arm(
        "fourfold", "four times the steps", times("steps", 4), Cells(sizes=(1, 10), repeated=()), roles=("A",),
        references=True,
    ),
    Arm(
        "finer", "pictures of twice as many pixels a side", times("resolution", 2),
        Cells(sizes=(10, 1000, *COMPARED), repeated=COMPARED),
        {small: Cells(sizes=(10, *COMPARED), repeated=COMPARED) for small in ("smoke", "quick")},
        references=True,
    ),
    Arm(
        "bfloat16", "networks that multiply in bfloat16", given(precision="bfloat16"),
        Cells(sizes=COMPARED, repeated=()), roles=("A", "twin"), beside=True,
    ),
    Arm(
        "blind", "the paper's networks: not told the noise level, trained by the plain squared error",
        given(**BLIND, lr=1e-3),
    ),
    Arm("told-plain", PLAINLY, given(**PLAIN, lr=1e-3)),
    Arm("blind-weighted", WEIGHTED, given(**BLIND_WEIGHTED)),
    Arm(
        "told-finer", "networks told the noise level, on pictures of twice as many pixels a side", finer(2),
        references=True,
    ),
    Arm(
        "blind-finer", "the paper's networks, on pictures of twice as many pixels a side",
        finer(2, **BLIND, lr=1e-3),
    ),
    Arm(
        "told-finest", "networks told the noise level, on pictures of four times as many pixels a side", finer(4),
        FINEST, roles=SIDES, references=True,
    ),
    Arm(
        "blind-finest", "the paper's networks, on pictures of four times as many pixels a side",
        finer(4, **BLIND, lr=1e-3), FINEST, roles=SIDES,
    ),
    Arm(
        "told-in-time", "networks told the noise level, trained for less and for more time, multiplying in bfloat16",
        given(precision="bfloat16"), FACES_IN_TIME, budgets=(*BUDGETS, 1),
    ),
    Arm(
        "blind-in-time", "the paper's networks, trained for less and for more time, multiplying in bfloat16",
        given(**BLIND, lr=1e-3, precision="bfloat16"), FACES_IN_TIME, budgets=(*BUDGETS, 1),
    ),
    Arm(
        "told-plain-in-time", f"{PLAINLY}; for less and for more time, multiplying in bfloat16",
        given(**PLAIN, lr=1e-3, precision="bfloat16"), MANY, budgets=(*BUDGETS, 1),
    ),
    Arm(
        "told-sixteenfold",
        "networks told the noise level, trained for sixteen times the time, multiplying in bfloat16",
        given(precision="bfloat16"), Cells(sizes=(1000, 10_000), repeated=()), roles=SIDES, budgets=(16,),
    ),
    Arm(
        "blind-sixteenfold", "the paper's networks, trained for sixteen times the time, multiplying in bfloat16",
        given(**BLIND, lr=1e-3, precision="bfloat16"), MANY, budgets=(16,),
    ),
    Arm(
        "told-plain-sixteenfold", f"{PLAINLY}; for sixteen times the time, multiplying in bfloat16",
        given(**PLAIN, lr=1e-3, precision="bfloat16"), MANY, roles=SIDES, budgets=(16,),
    ),
    Arm(
        "ncsn-published", "NCSN as the paper has it: another network, ten noise levels, the score itself",
        given(**PUBLISHED, parametrisation="score", objective="ncsn"),
        by_profile=FACES_FEWER,
    ),
    Arm(
        "ssm-published",
        "sliced score matching as the paper has it: one field for ten noise levels, not told which; half as wide",
        lambda spec: half_as_wide(given(**PUBLISHED, parametrisation="field", objective="ssm")(spec)),
        by_profile=FACES_FEWER,
    ),
    Arm("ncsn", "trained by denoising score matching", given(objective="ncsn"), by_profile=FACES_FEWER),
    Arm("ssm", "trained by sliced score matching", given(objective="ssm"), by_profile=FACES_FEWER),
)  # fmt: skip
