"""What is known of the data sets that tables speak of, computed from the exact mixtures: spread, thickness, network."""

from collections.abc import Iterable

import torch

from lowdiff_lib.datasets.mixtures import MIXTURES, mixture
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.experiments.mixtures import GRID
from lowdiff_lib.measures.frame import Frame
from lowdiff_lib.tables.facts import Facts


def facts(names: Iterable[str]) -> dict[str, Facts]:
    """Of each data set; of a random mixture those of its first draw. All that is no mixture has images in [0, 1]."""
    return {name: _of_mixture(name) if name in MIXTURES else Facts(scale(name, 1).sd) for name in names}


def _of_mixture(name: str) -> Facts:
    exact = mixture(name)
    frame = Frame(exact, torch.arange(len(exact.weights)))
    power = GRID.network(name, "full").output_power
    if not bool(frame.normal.any()):
        return Facts(scale(name).sd, power)
    sd, none = exact.eigenvalues.sqrt(), torch.tensor(0.0)
    thick = torch.where(frame.normal, sd, none).amax(1)
    wide = torch.where(frame.normal, torch.tensor(torch.inf), sd).amin(1)
    return Facts(scale(name).sd, power, float(exact.weights @ thick), float(exact.weights @ wide))
