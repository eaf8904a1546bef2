"""The explorer: a picture that is complete without scripts, and what the scripts need to show any other state of it.

The scripts are `book/_static/explorer*.js`; networks and training samples come as files of their own, when they are
asked for.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import legend, new_canvas, stacked
from lowdiff_lib.figures.drawing import DATA, Figure
from lowdiff_lib.tables.views import Scene

TITLES = {
    "told": "Told σ",
    "blind": "Not told σ",
    "told-plain": "Told σ, the paper's training",
    "blind-weighted": "Not told σ, our training",
    "ncsn": "Told σ, score matching (NCSN)",
    "ssm": "Told σ, sliced score matching (SSM)",
}
COLOURS = {arm: style.css((style.ARM | style.OBJECTIVE)[arm][0]) for arm in TITLES}
LONGEST = 4.0  # in units of the noise; a longer line of the picture is cut, and its caption says so


class Explorer:
    """What the explorer's cell shows. Without scripts and on paper it is the picture."""

    def __init__(self, scenes: Sequence[Scene], table: pd.DataFrame, sigma: float = 0.3):
        self.scenes, self.figure = scenes, fields(table)
        start = {"data": scenes[0].name, "n": int(table.n_train.iloc[0]), "sigma": sigma}
        looks = {"sides": style.SIDE, "titles": TITLES, "colors": COLOURS}
        data = looks | {"start": start, "scenes": [_encoded(scene) for scene in scenes]}
        self.data = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")

    def _repr_html_(self) -> str:
        data = f'<script type="application/json">{self.data}</script>'
        return f'<div class="lowdiff-explorer">\n{data}\n{self.figure._repr_html_()}\n</div>'

    def _repr_mimebundle_(self, **_: object) -> dict[str, dict]:
        found = self.figure._repr_mimebundle_()
        samples = {
            f"weights/{scene.name}/samples-{side}": _base64(x)
            for scene in self.scenes
            for side, x in scene.samples.items()
        }
        found[DATA] |= {
            "networks": {name: digest for scene in self.scenes for name, digest in scene.networks.items()},
            "loaded": samples,
        }
        return found


def fields(table: pd.DataFrame) -> Figure:
    """Lines of A, of B and of the exact denoiser at a few noise levels, for networks that are told sigma and not."""
    arms, sigmas, name = table.arm.unique(), table.sigma.unique(), table.dataset.iloc[0]
    n_train = f"{table.n_train.iloc[0]:,}"
    canvas, axes = new_canvas(len(arms), len(sigmas), 2.4 * len(arms), sharex="col", sharey="col")
    colors = {"exact": style.INK, **style.SIDE}
    for row, arm in zip(axes, arms, strict=True):
        for ax, sigma in zip(row, sigmas, strict=True):
            mine = table[(table.arm == arm) & (table.sigma == sigma)]
            for what, color in colors.items():
                start = mine.loc[mine.what == what, ["u", "v"]].to_numpy()
                move = mine.loc[mine.what == what, ["du", "dv"]].to_numpy()
                length = np.hypot(*move.T)[:, None]
                move = move * np.minimum(1, LONGEST / np.maximum(length, 1e-12)) * np.ptp(start, 0).max() / 24
                gaps = np.full_like(start, np.nan)  # so that one path has them all
                line = np.stack([start, start + move, gaps], 1).reshape(-1, 2)
                ax.plot(*line.T, color=color, label=what, lw=1)
            ax.scatter(*start.T, s=3, color=style.INK, lw=0)
            ax.set(title=f"{TITLES[arm]}, σ = {sigma:g}", aspect="equal")
    stacked(axes.flat)
    legend(canvas, [axes[0, 0]])
    caption = (
        f"{name}, N = {n_train}: where models A and B, trained on disjoint samples, and the exact denoiser move the "
        f"same noisy points (dots). Above: networks that are told the noise level σ; below: networks that are not. A "
        f"line is as long as the residual over σ, cut at {LONGEST:g}; both axes are in data units."
    )
    alt = f"Lines of A, B and the exact denoiser on {name}, N = {n_train}. Mean cosine of A and B: {_cosines(table)}."
    return Figure("explorer", canvas, caption, alt, table)


def _cosines(table: pd.DataFrame) -> str:
    """The mean cosine between the lines of A and B, for each arm and sigma, in words."""
    flat = table.pivot_table(index=["arm", "sigma", "u", "v"], columns="what", values=["du", "dv"], sort=False)
    dot = flat["du", "A"] * flat["du", "B"] + flat["dv", "A"] * flat["dv", "B"]
    norms = np.hypot(flat["du", "A"], flat["dv", "A"]) * np.hypot(flat["du", "B"], flat["dv", "B"])
    mean = (dot / norms).groupby(["arm", "sigma"], sort=False).mean()
    return ", ".join(f"{value:.2f} {TITLES[arm]} at {sigma:g}" for (arm, sigma), value in mean.items())


def _encoded(scene: Scene) -> dict:
    curves = [
        {"arm": arm, "n": int(n), "who": who, "sigmas": list(mine.sigma), "values": mine.value.round(4).tolist()}
        for (arm, n, who), mine in scene.curves.groupby(["arm", "n_train", "who"])
    ]
    about = {name: getattr(scene, name) for name in ("name", "mixture", "mean", "sd", "frame", "start", "arms")}
    points = {name: getattr(scene, name).round(4).ravel().tolist() for name in ("points", "noise")}
    return about | points | {"curves": curves, "most": len(scene.samples["A"]), "checks": _rounded(scene.checks)}


def _rounded(content: Any) -> Any:
    """Plain numbers with seven digits, in whatever they are in."""
    if isinstance(content, dict):
        return {name: _rounded(each) for name, each in content.items()}
    return [_rounded(each) for each in content] if isinstance(content, list) else float(f"{content:.7g}")


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()
