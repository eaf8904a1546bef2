"""What a network is trained to do, as losses that read like their equations.

Each takes x [M, batch, *shape], noise levels sigma [M, batch] and unit noise z like x, and returns one loss per
network, [M]. All three train the same network, read as a denoiser or as a score (score = residual / sigma^2).
"""

from torch import Tensor

from lowdiff_lib.models.denoiser import StackedDenoiser, over


def denoiser_loss(model: StackedDenoiser, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """Weighted squared error of the denoiser, w(sigma) |D(x + sigma z) - x|^2 / dim (Vincent 2011; Karras 2022).

    Written with the residual, D(y) - x = (D(y) - y) + sigma z: two terms of order sigma instead of the difference of
    two images.
    """
    noise = over(sigma, x) * z
    error = model.residual(x + noise, sigma) + noise
    return (model.weight(sigma) * error.flatten(2).square().mean(2)).mean(1)


def ncsn_loss(model: StackedDenoiser, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """Denoising score matching, sigma^2 |s(y) + z / sigma|^2 / dim (Song and Ermon 2019, equations 5 and 6)."""
    noise = over(sigma, x) * z
    error = model.residual(x + noise, sigma) + noise
    return (error.flatten(2).square().mean(2) / sigma**2).mean(1)


def ssm_loss(model: StackedDenoiser, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """Sliced score matching, variance-reduced: sigma^2 (|s|^2 / 2 + v' (ds/dy) v) / dim (Song et al. 2019, eq. 8).

    The clean point does not enter. The directional derivative is taken forward, in one pass with the score, which
    costs less than differentiating backward twice.
    """
    y, v = x + over(sigma, x) * z, directions(z, signs=model.parametrisation != "field")
    residual, along = model.residual_with_derivative(y, sigma, v)
    size = residual.flatten(2).square().mean(2) / sigma**2
    return (size / 2 + (v * along).flatten(2).mean(2)).mean(1)


def directions(z: Tensor, signs: bool = True) -> Tensor:
    """Random signs, independent of each point's own noise z [M, batch, ...]: those of its neighbour's noise.

    Without `signs` that noise itself, Gaussian slices as the paper has them; signs estimate with less scatter.

    Needs a batch of at least 4, since noise comes in pairs z, -z half a batch apart.
    """
    other = z.roll(1, dims=1)
    return other.sign() if signs else other


LOSSES = {"denoiser": denoiser_loss, "ncsn": ncsn_loss, "ssm": ssm_loss}
