"""What a network is trained to do, as losses that read like their equations.

Each takes x [M, batch, *shape], noise levels sigma [M, batch] and unit noise z like x, and returns one loss per
network, [M].
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


LOSSES = {"denoiser": denoiser_loss}
