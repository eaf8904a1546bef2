"""Along the data and across them: the directions of the component that each point of a mixture comes from.

A direction of a component is *normal* (across the data) if its variance is below a ninth of the largest one there, else
*tangential*. Round components have no normal directions.
"""

import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import GaussianMixture
from lowdiff_lib.measures.noise import unit_noise

THIN = 9.0


class Frame:
    """The components [n] of n points of a mixture. `normal` [n, dim]: which coordinates are across the data."""

    def __init__(self, exact: GaussianMixture, component: Tensor):
        self.exact, self.component = exact, component
        variance = exact.eigenvalues[component]
        self.normal = variance < variance.max(1, keepdim=True).values / THIN

    @property
    def kinds(self) -> dict[str, Tensor]:
        """Which coordinates [n, dim] are of which kind; none where there is one kind only."""
        return {"_tangential": ~self.normal, "_normal": self.normal} if bool(self.normal.any()) else {}

    def coordinates(self, v: Tensor) -> Tensor:
        """Vectors v [n, dim] in the eigenbases of their components."""
        return self._turned(v, self.exact.eigenvectors)

    def _turned(self, v: Tensor, bases: Tensor) -> Tensor:
        """Each of v [n, dim] times the matrix of its component in `bases` [K, dim, dim]."""
        turned = torch.empty_like(v)
        for k in self.component.unique():
            mine = self.component == k
            turned[mine] = v[mine] @ bases[k]
        return turned

    def parts(self, v: Tensor) -> dict[str, Tensor]:
        """v [n, dim] whole (""), and its parts of each kind in those eigenbases, other coordinates zero."""
        turned = self.coordinates(v) if self.kinds else v
        return {"": v} | {kind: turned * where for kind, where in self.kinds.items()}

    def rms(self, v: Tensor) -> dict[str, float]:
        """Root mean square of v [n, dim] per coordinate, whole and by kind."""
        counts = {"": v.numel()} | {kind: int(where.sum()) for kind, where in self.kinds.items()}
        return {kind: float((part.square().sum() / counts[kind]).sqrt()) for kind, part in self.parts(v).items()}

    def directions(self, seed: int) -> dict[str, Tensor]:
        """For each kind, a random unit vector at each point [n, dim]; any ("") where there is but one kind."""
        found = {}
        for kind, where in (self.kinds or {"": torch.ones_like(self.normal)}).items():
            v = self._turned(unit_noise(where, seed) * where, self.exact.eigenvectors.mT)
            found[kind] = v / v.norm(dim=1, keepdim=True)
        return found
