"""The Jacobian of a denoiser, J = dD/dy at a noisy point: what a small change of the input does to the answer.

That of the exact denoiser is Cov[x | y] / sigma^2 (the derivative of Miyasawa's formula): symmetric, with eigenvalues
of at least 0. An eigenvalue says how much of the noise along its eigenvector is kept, so their sum counts the
directions that are kept. Kadkhodaie et al. (2024) read a network's eigenvectors as the basis in which it shrinks noise.

A denoiser here is a trained one, or a reference that torch can differentiate. Points are [n, *shape].
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.models.reference import WienerDenoiser

Differentiable: TypeAlias = Denoiser | WienerDenoiser
CHUNK = 160_000  # numbers in a batch of directions at one point: bounds memory
ROUNDS = 8  # of subspace iteration


def answer(denoiser: Differentiable, sigma: float) -> Callable[[Tensor], Tensor]:
    """D(y, sigma) as a function of y that torch can differentiate, in the precision of the network."""
    if not isinstance(denoiser, Denoiser):
        return lambda y: denoiser(y, sigma)
    model = denoiser.model
    home = next(model.parameters())

    def denoised(y: Tensor) -> Tensor:
        here = y.to(home.device, home.dtype)
        return (here + model.residual(here[None], here.new_full((1, len(y)), sigma))[0]).to(y.device)

    return denoised


def along(denoiser: Differentiable, y: Tensor, sigma: float, v: Tensor) -> Tensor:
    """J v at each of the points, for the direction v [n, *shape] there; float64."""
    denoised = answer(denoiser, sigma)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's own, when it first loads its derivatives
        kind = denoised(y[:1]).dtype
        return torch.func.jvp(denoised, (y.to(kind),), (v.to(kind),))[1].double()


def transposed_along(denoiser: Differentiable, y: Tensor, sigma: float, v: Tensor) -> Tensor:
    """J' v at each of the points, for the direction v [n, *shape] there; float64."""
    y = y.detach().clone().requires_grad_(True)
    denoised = answer(denoiser, sigma)(y)
    return torch.autograd.grad(denoised, y, v.to(denoised.dtype))[0].double()


def images_of(denoiser: Differentiable, y: Tensor, sigma: float, directions: Tensor) -> Tensor:
    """J times each of `directions` [k, dim] at a single point y [1, *shape]: [k, dim], float64."""

    def image(direction: Tensor) -> Tensor:
        return along(denoiser, y, sigma, direction.reshape(y.shape)).flatten()

    return torch.func.vmap(image, chunk_size=max(1, CHUNK // y.numel()))(directions)


def compressed(
    denoiser: Differentiable, y: Tensor, sigma: float, rank: int | None = None, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """An orthonormal basis [rank, dim] and J in it [rank, rank], at one point y [1, *shape]; float64.

    Without a rank the basis is that of the pixels and J is whole. With one, the basis spans about the directions that J
    stretches most, found by subspace iteration from random ones.
    """
    dim = y.numel()
    if rank is None or rank >= dim:
        basis = torch.eye(dim, dtype=torch.float64)
    else:
        basis = torch.randn(dim, rank, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).T
        for _ in range(ROUNDS):
            basis = torch.linalg.qr(images_of(denoiser, y, sigma, basis).T).Q.T
    return basis, basis @ images_of(denoiser, y, sigma, basis).T


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues [k], the largest first, and eigenvectors [k, dim] of the symmetric part of J; its largest stretch."""

    values: Tensor
    vectors: Tensor
    largest: float  # singular value of J itself


def spectrum(denoiser: Differentiable, y: Tensor, sigma: float, rank: int | None = None) -> Spectrum:
    """J at one point y [1, *shape], taken apart; with a rank, its leading part, found in twice as many directions."""
    basis, matrix = compressed(denoiser, y, sigma, rank and 2 * rank)
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    largest = float(torch.linalg.matrix_norm(matrix, 2))
    return Spectrum(values.flip(0)[:rank], vectors.T.flip(0)[:rank] @ basis, largest)
