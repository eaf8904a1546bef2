"""The ideal denoiser of data on disk: 256 noisy images at 8 noise levels, in one pass over N images of 80 x 80.

All cores. The limit is the time that the same arithmetic takes at the peaks of both precisions. The peers hold data
in memory as float64; they are timed on `HELD` of the images, and scaled up.
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
EXACT = "donot_use_mm_for_euclid_dist"
CHECKED = 32  # queries whose answers are compared with float64
HELD = 20_000
GOALS = {"of_limit": 0.5, "error": 1e-6, "MB": 1000}


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


def _exactly(y: Tensor, data: np.ndarray, sigmas: np.ndarray) -> Tensor:
    """`one_level` in float64 for each level, [s, m, dim], of data that are read a part at a time, twice."""
    parts = [slice(start, start + HELD // 4) for start in range(0, len(data), HELD // 4)]

    def read(part: slice) -> Tensor:
        return torch.from_numpy(np.array(data[part])).flatten(1).double() * UNIT

    distances = torch.cat([torch.cdist(y, read(part), compute_mode=EXACT) for part in parts], 1)
    weights = torch.softmax(-(distances**2) / (2 * torch.from_numpy(sigmas)[:, None, None] ** 2), 2)
    found = y.new_zeros(len(sigmas), *y.shape)
    for part in parts:
        found += weights[:, :, part] @ read(part)
    return found


def rows(scale: Scale) -> Rows:
    n, queries = scale.pick(500, 100_000), scale.pick(32, 256)
    with tempfile.TemporaryDirectory() as folder:
        data = images(n, Path(folder))
        y = noisy(data, queries)
        for name, sigmas in LEVELS.items():
            yield from _case(f"{n:,} images, {name}", data, y, sigmas, scale)


def _case(case: str, data: np.ndarray, y: Tensor, sigmas: np.ndarray, scale: Scale) -> Rows:
    ours = partial(ideal_denoise, y, data, list(sigmas), UNIT)
    double = 2.0 * y.numel() * len(data)  # the distances
    single = flops(ours) - double
    x = torch.from_numpy(np.array(data[:HELD])).flatten(1).double() * UNIT
    more = len(data) / len(x)
    flat, middle = y.flatten(1), float(sigmas[len(sigmas) // 2])
    peers: dict[str, Callable[[], Tensor]] = {
        "float64 softmax in memory, a level at a time": partial(one_level, flat, x, middle),
        "float32 softmax in memory, a level at a time": partial(one_level, flat.float(), x.float(), middle),
    }
    product, product_flops = scale.peak(torch.float32)
    product64, _ = scale.peak(torch.float64)
    taken = in_turns({"ours": ours, "peak": product, "peak64": product64, **peers}, scale.pick(1, 3), first=0)
    limit = ("the peaks", (single * taken["peak"] + double * taken["peak64"]) / product_flops)
    for name in peers:  # their time does not depend on the level
        goal = f"of_limit >= {GOALS['of_limit']}" if name.startswith("float64") else ""
        yield row(
            "ideal", case, "s", taken["ours"], peer=(name, more * len(sigmas) * taken[name]), limit=limit, goal=goal
        )
    found = ours().flatten(2)[:, :CHECKED]
    del x
    exact = _exactly(flat[:CHECKED], data, sigmas)
    wrong = float((found - exact).abs().max())
    yield row("ideal", f"{case}, against float64", "max error", [wrong], goal=f"ours <= {GOALS['error']}")
    yield row("ideal", f"{case}, above the data", "MB", [megabytes(ours)], goal=f"ours <= {GOALS['MB']}")


if __name__ == "__main__":
    alone(rows, __doc__)
