"""What a run is: everything that decides the numbers of one trained model."""

import dataclasses
import math
import zlib
from dataclasses import dataclass

from lowdiff_lib.base.checks import real, whole
from lowdiff_lib.base.errors import LowdiffError

SIDES = ("A", "B")
OBJECTIVES = ("denoiser", "ncsn", "ssm")
NETWORKS = ("mlp", "unet", "ncsn", "skip")
PARAMETRISATIONS = ("preconditioned", "blind", "clean", "score", "field")
UNTOLD = ("blind", "clean", "field")  # those whose network is not told sigma
WEIGHTINGS = ("usual", "none", "noise")
NOISES = ("usual", "log-uniform", "square", "uniform", "levels")
PRECISIONS = ("float32", "bfloat16")
COUNTS = {  # and the least of each
    **{"n_train": 1, "width": 1, "depth": 1, "steps": 1, "batch": 2, "output_power": 1},
    **dict.fromkeys(("split", "draw", "seed", "resolution", "levels"), 0),
}
NUMBERS: dict[str, tuple[float, float]] = {  # and what they lie between
    **{"input_gain": (0, math.inf), "lr": (0, 10)},
    **dict.fromkeys(("sigma_min", "sigma_max"), (-math.inf, math.inf)),
}


@dataclass(frozen=True)
class RunSpec:
    """One trained model. Two runs with equal specs are the same run.

    What differs from the defaults is the run's address (`runs.key`): a new field with a default moves no run, a changed
    default would. How seeds are made of the fields is code that decides a training (`made_by`).

    Raises LowdiffError for a value that is not allowed, and for a data set that there is not (DataNotFound for a
    path). The defaults suit a first try on points of the plane. What the studies train, and the book has trained
    already, `experiments.catalog.usual` says: its runs are found in the store.

    dataset: a mixture's name, or what `load_faces` takes ("faces", "celeba", a path).
    side, split: which disjoint training set, and which draw of A, B and held-out. seed: of the training (initial
    weights, order, noise). A twin is the same run with another seed. draw: which draw of a random mixture, of its
    means, weights and rotations.
    width, depth: hidden units and layers (mlp), or channels and blocks (unet, ncsn, skip). resolution: of images,
    else 0.
    parametrisation: how a network is read as a denoiser, see `models.denoiser`.
    input_gain: spread of an mlp's first layer.
    output_power: c_out is sd (sigma / sqrt(sigma^2 + sd^2))^output_power; 1 is Karras et al.'s choice, 2 suits data
    whose score stays finite on the way down, because the network then learns the score itself.
    sigma_min, sigma_max: what noise levels are drawn between. noise: how; log-uniform; square, sigma_max u^2 with u
    uniform on [0, 1], which takes no heed of sigma_min; uniform; levels, each of `levels` as often in every step.
    usual is square for parametrisation blind, else log-uniform. levels: how many distinct ones, geometrically spaced; 0
    for any.
    weighting: of the squared error; none; noise, 1 / sigma^2 + 1 / sd^2, which brings its size to one at every noise
    level. usual is noise for parametrisation preconditioned, else none.
    precision: in which an image network multiplies while it is trained; weights, loss and all that is measured are
    float32 in any case.
    """

    dataset: str
    n_train: int
    side: str = "A"
    split: int = 0
    seed: int = 0
    objective: str = "denoiser"
    network: str = "mlp"
    width: int = 128
    depth: int = 3
    parametrisation: str = "preconditioned"
    input_gain: float = 1.0
    output_power: int = 1
    resolution: int = 0
    steps: int = 1000
    batch: int = 256
    lr: float = 5e-3
    sigma_min: float = 0.003
    sigma_max: float = 20.0
    levels: int = 0
    precision: str = "float32"
    noise: str = "usual"
    draw: int = 0
    weighting: str = "usual"

    def __post_init__(self) -> None:
        # Equal specs are written alike (20 and 20.0, numpy's numbers and Python's): their text decides their folder.
        for name, least in COUNTS.items():
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        for name, limits in NUMBERS.items():
            object.__setattr__(self, name, real(name, getattr(self, name), *limits))
        for name, allowed in (
            ("side", SIDES),
            ("objective", OBJECTIVES),
            ("network", NETWORKS),
            ("parametrisation", PARAMETRISATIONS),
            ("noise", NOISES),
            ("weighting", WEIGHTINGS),
            ("precision", PRECISIONS),
            ("output_power", (1, 2)),
        ):
            if getattr(self, name) not in allowed:
                raise LowdiffError(
                    f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(map(str, allowed))}"
                )
        from lowdiff_lib.datasets.known import check_dataset  # when a run is asked for: the first one loads torch

        check_dataset(self.dataset, self.resolution)
        if self.batch % 2:
            raise LowdiffError(f"batch is {self.batch}; it must be even, since noise is drawn in pairs z, -z")
        if self.objective == "ssm" and self.batch < 4:
            raise LowdiffError(f"batch is {self.batch}; ssm needs at least 4, to slice along its neighbour's noise")
        if self.network == "ncsn" and self.parametrisation in ("blind", "clean"):
            raise LowdiffError(
                f"network is 'ncsn' and its parametrisation {self.parametrisation!r}; it must be preconditioned, "
                "score or field"
            )
        if self.noise == "levels" and not self.levels:
            raise LowdiffError("noise is 'levels' and levels is 0; say how many there are, at least 2")
        if self.objective != "denoiser" and self.drawn == "square":
            raise LowdiffError(
                f"objective is {self.objective!r} and noise is drawn as a square, arbitrarily close to 0, where its "
                "loss divides by sigma^2; noise must be log-uniform, uniform or levels"
            )
        if self.weighted == "noise" and self.drawn == "square":
            raise LowdiffError(
                f"weighting is {self.weighting!r}, which divides by sigma^2, and noise is drawn as a square, "
                "arbitrarily close to 0; weighting must be none, or noise log-uniform, uniform or levels"
            )
        if self.network == "ncsn" and self.width % 4:
            raise LowdiffError(f"width is {self.width}; for network ncsn it must be a multiple of 4")
        if self.network == "mlp" and self.precision != "float32":
            raise LowdiffError(f"precision is {self.precision!r}; for network mlp it must be float32")
        if self.levels == 1:
            raise LowdiffError(f"levels is {self.levels}; it must be 0 (any noise level) or at least 2")
        if not 0 < self.sigma_min < self.sigma_max:
            raise LowdiffError(
                f"sigma_min is {self.sigma_min} and sigma_max {self.sigma_max}; they must be above 0 and increasing"
            )

    @property
    def drawn(self) -> str:
        """How noise levels are drawn."""
        usual = "square" if self.parametrisation == "blind" else "log-uniform"
        return usual if self.noise == "usual" else self.noise

    @property
    def weighted(self) -> str:
        """How the squared error is weighted: none or noise."""
        usual = "noise" if self.parametrisation == "preconditioned" else "none"
        return usual if self.weighting == "usual" else self.weighting

    @property
    def weight_seed(self) -> int:
        """Seed of the initial weights; the training stream uses `stream_seed`. A and B of one seed start alike."""
        return zlib.crc32(f"weights/{self.seed}".encode())

    @property
    def stream_seed(self) -> int:
        """Seed of sample order, noise levels and noise."""
        return zlib.crc32(f"stream/{self.seed}".encode())

    def twin(self, seed: int) -> "RunSpec":
        """The same model trained on the same data with another seed."""
        return dataclasses.replace(self, seed=seed)

    def stack(self) -> tuple:
        """What runs must have in common to be trained as one stack."""
        alone = (self.dataset, self.n_train, self.side, self.split, self.seed) if self.network != "mlp" else ()
        same = dataclasses.replace(self, n_train=1, side="A", split=0, seed=0)
        return (*dataclasses.astuple(same), alone)


def trio(spec: RunSpec, replicate: int) -> dict[str, RunSpec]:
    """The three runs of a comparison: A, B (other data), and the twin A' (same data as A).

    B and the twin share their seed, so what tells A-B from A-A' is the data alone.
    """
    first, second = 2 * replicate, 2 * replicate + 1
    a = dataclasses.replace(spec, side="A", split=replicate, seed=first)
    return {"A": a, "B": dataclasses.replace(a, side="B", seed=second), "twin": a.twin(second)}
