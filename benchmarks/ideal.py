"""The ideal denoiser of data on disk: 256 noisy images at 8 noise levels, in one pass over N images of 80 x 80.

All cores. The limit is the time that the same arithmetic takes at the peaks of both precisions.
"""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.timing import Rows, Scale, alone, flops, in_turns, megabytes, row
from lowdiff_lib.models.reference import ideal_denoise

SIDE, UNIT = 80, 1 / 255
LEVELS = {
    "sigma 0.01 to 1": np.geomspace(0.01, 1, 8),
    "sigma 3 to 300, where every image counts": np.geomspace(3, 300, 8),
}
CHECKED = 32  # queries whose answers are compared with float64
GOALS = {"of_limit": 0.6, "error": 1e-6, "MB": 1000}


def images(n: int, folder: Path, side: int = SIDE) -> np.ndarray:
    """n smooth random images of uint8, [n, 1, side, side], as a memory map."""
    path = folder / f"{n}.npy"
    stored = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(n, 1, side, side))
    generator = torch.Generator().manual_seed(0)
    for start in range(0, n, 1000):
        coarse = torch.randn(min(1000, n - start), 1, 8, 8, generator=generator)
        smooth = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")
        stored[start : start + 1000] = (128 + 50 * smooth).clamp(0, 255).numpy().astype(np.uint8)
    stored.flush()
    return np.load(path, mmap_mode="r", allow_pickle=False)


def noisy(data: np.ndarray, queries: int) -> Tensor:
    x = torch.from_numpy(np.array(data[-queries:])).double() * UNIT
    return x + 0.1 * torch.randn(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def one_level(y: Tensor, x: Tensor, sigma: float) -> Tensor:
    """The textbook line, with all distances at once: y [m, dim], x [N, dim], in their precision."""
    return torch.softmax(-(torch.cdist(y, x) ** 2) / (2 * sigma**2), 1) @ x


def rows(scale: Scale) -> Rows:
    n, queries = scale.pick(500, 20_000, 100_000), scale.pick(32, 256)
    with tempfile.TemporaryDirectory() as folder:
        data = images(n, Path(folder))
        y = noisy(data, queries)
        for name, sigmas in LEVELS.items():
            yield from _case(f"{n:,} images, {name}", data, y, sigmas, scale)


def _case(case: str, data: np.ndarray, y: Tensor, sigmas: np.ndarray, scale: Scale) -> Rows:
    ours = partial(ideal_denoise, y, data, list(sigmas), UNIT)
    double = 2.0 * y.numel() * len(data)  # the distances
    single = flops(ours) - double
    x = torch.from_numpy(np.array(data)).flatten(1).double() * UNIT
    flat, middle = y.flatten(1), float(sigmas[len(sigmas) // 2])
    peers: dict[str, Callable[[], Tensor]] = {
        "float64 softmax in memory, a level at a time": partial(one_level, flat, x, middle),
        "float32 softmax in memory, a level at a time": partial(one_level, flat.float(), x.float(), middle),
    }
    product, product_flops = scale.peak(torch.float32)
    product64, _ = scale.peak(torch.float64)
    taken = in_turns({"ours": ours, "peak": product, "peak64": product64, **peers}, scale.pick(1, 3))
    limit = ("the peaks", (single * taken["peak"] + double * taken["peak64"]) / product_flops)
    for name in peers:  # their time does not depend on the level
        goal = f"of_limit >= {GOALS['of_limit']}" if name.startswith("float64") else ""
        yield row("ideal", case, "s", taken["ours"], peer=(name, len(sigmas) * taken[name]), limit=limit, goal=goal)
    found = ours().flatten(2)[:, :CHECKED]
    exact = torch.stack([one_level(flat[:CHECKED], x, float(sigma)) for sigma in sigmas])
    del x
    wrong = float((found - exact).abs().max())
    yield row("ideal", f"{case}, against float64", "max error", [wrong], goal=f"ours <= {GOALS['error']}")
    yield row("ideal", f"{case}, above the data", "MB", [megabytes(ours)], goal=f"ours <= {GOALS['MB']}")


if __name__ == "__main__":
    alone(rows, __doc__)
