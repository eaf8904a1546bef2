"""The six mixtures themselves: samples, exact density and score, and what there is to gain from denoising them."""

import math
from collections.abc import Sequence

import pandas as pd
import torch

from lowdiff_lib.datasets.mixtures import MIXTURES, is_random, mixture, mixture_samples
from lowdiff_lib.experiments.mixtures import plane
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.tables.tidy import tidy

SIGMAS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


def samples(n: int = 1500) -> pd.DataFrame:
    """n samples of each mixture in two coordinates: its own in 2-D, the first two principal ones in more.

    Columns: dataset, component, u, v.
    """
    tables = []
    for name in MIXTURES:
        x, component = mixture_samples(name, "held-out", n)
        if x.shape[1] > 2:
            x = torch.linalg.svd(x - x.mean(0), full_matrices=False)[2][:2] @ (x - x.mean(0)).T
            x = x.T
        columns = {"dataset": name, "component": component.numpy(), "u": x[:, 0], "v": x[:, 1]}
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def field(dataset: str = "spiral", sigmas: Sequence[float] = (0.05, 0.3, 1.0), points: int = 72) -> pd.DataFrame:
    """Exact log density and score of a 2-D mixture on a square grid.

    Columns: dataset, sigma, u, v, log_density, score_u, score_v; `points` a side.
    """
    exact = mixture(dataset)
    grid = plane(points)
    tables = []
    for sigma in sigmas:
        score = exact.score(grid, sigma)
        columns = {"dataset": dataset, "sigma": sigma, "u": grid[:, 0], "v": grid[:, 1]}
        columns |= {
            "log_density": exact.log_prob(grid, sigma),
            "score_u": score[:, 0],
            "score_v": score[:, 1],
        }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def possible_gain(points: int = 512, repetitions: int = 3) -> pd.DataFrame:
    """PSNR gain [dB] of the exact denoiser over the identity: what there is to learn at each sigma.

    Where the gain is small it is taken from the exact score, sigma^4 E|s*|^2 being what the denoiser removes of the
    squared error sigma^2 dim; the direct difference of two large errors would be all sampling noise there.
    """
    rows = []
    for name in MIXTURES:
        for repetition in range(repetitions):
            draw = repetition if is_random(name) else 0
            exact = mixture(name, draw)
            x, _ = mixture_samples(name, "held-out", points, repetition, draw)
            for sigma in SIGMAS:
                noise = sigma * unit_noise(x, repetition)
                y = x + noise
                score = exact.score(y, sigma)
                removed = sigma**2 * float(score.square().sum(1).mean()) / exact.dim
                value = metrics.psnr_gain(sigma**2 * score, noise) if removed > 0.5 else -10 * math.log10(1 - removed)
                row = {
                    "dataset": name,
                    "dim": exact.dim,
                    "arm": "none",
                    "n_train": 0,
                    "step": 0,
                    "who": "exact",
                    "objective": "none",
                }
                row |= {"repetition": repetition, "sigma": sigma, "metric": "psnr_gain", "value": value}
                rows.append(row)
    return tidy(rows)
