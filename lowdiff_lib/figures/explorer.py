"""The explorer: what a page needs to show any noise level of any data set at once, and a static figure for print.

Numbers travel as bytes: a picture needs no more than 256 shades, an arrow no more than 254 lengths. The script that
shows them is `book/_static/explorer.js`.
"""

import base64
import dataclasses
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import legend, new_canvas
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables.views import LONGEST, PAIRS, View, field_table

ROOM = {"mixtures": 500_000, "faces": 600_000}  # characters on the page


class Explorer:
    """What the explorer's cell shows. Without scripts and on paper it is the static figure."""

    def __init__(self, views: Sequence[View]):
        flat = [view for view in views if view.at is not None]
        fitting = [fit(view, ROOM["faces"] if view.at is None else ROOM["mixtures"] // len(flat)) for view in views]
        self.figure = fields(field_table(next(view for view in fitting if view.dim == 2)))
        data = {"sides": style.SIDE, "views": [_encoded(view) for view in fitting]}
        self.data = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")

    def _repr_html_(self) -> str:
        data = f'<script type="application/json">{self.data}</script>'
        return f'<div class="lowdiff-explorer">\n{data}\n{self.figure._repr_html_()}\n</div>'

    def _repr_mimebundle_(self, **_: object) -> dict[str, dict]:
        return self.figure._repr_mimebundle_()


def fields(table: pd.DataFrame) -> Figure:
    """Arrows of A, of B and of the exact denoiser at a few noise levels, for few and for many training samples."""
    sizes, sigmas, name = table.n_train.unique(), table.sigma.unique(), table.dataset.iloc[0]
    canvas, axes = new_canvas(len(sizes), len(sigmas), 2.4 * len(sizes), sharex="col", sharey="col")
    colors = {"exact": style.INK, **style.SIDE}
    for row, n_train in zip(axes, sizes, strict=True):
        for ax, sigma in zip(row, sigmas, strict=True):
            mine = table[(table.n_train == n_train) & (table.sigma == sigma)]
            for what, color in colors.items():
                start = mine.loc[mine.what == what, ["u", "v"]].to_numpy()
                move = mine.loc[mine.what == what, ["du", "dv"]].to_numpy() * np.abs(start).max() / 12
                gaps = np.full_like(start, np.nan)  # so that one path has them all
                line = np.stack([start, start + move, gaps], 1).reshape(-1, 2)
                ax.plot(*line.T, color=color, label=what, lw=1)
            ax.scatter(*start.T, s=3, color=style.INK, lw=0)
            ax.set(title=f"N = {n_train:,}, σ = {sigma:g}", aspect="equal")
    legend(canvas, [axes[0, 0]])
    caption = (
        f"{name}: where models A and B, trained on disjoint samples, and the exact denoiser move the same noisy points "
        f"(dots). Rows: training-set size N. Columns: noise level σ. The length of a line is the residual over σ, cut "
        f"at {LONGEST:g}. Axes in data units."
    )
    flat = table.pivot_table(index=["n_train", "sigma", "u", "v"], columns="what", values=["du", "dv"])
    dot = flat["du", "A"] * flat["du", "B"] + flat["dv", "A"] * flat["dv", "B"]
    norms = np.hypot(flat["du", "A"], flat["dv", "A"]) * np.hypot(flat["du", "B"], flat["dv", "B"])
    mean = (dot / norms).groupby(["n_train", "sigma"]).mean()
    values = ", ".join(f"{value:.2f} for N = {n:,} at sigma {sigma:g}" for (n, sigma), value in mean.items())
    alt = f"Arrows of A, B and the exact denoiser on {name}. Mean cosine between the arrows of A and B: {values}."
    return Figure("explorer", canvas, caption, alt, table)


def fit(view: View, room: int) -> View:
    """The view with as many of its points or faces, from the first, as have room on the page; one at least."""
    size, count = len(json.dumps(_encoded(view))), view.cosine.shape[-1]
    keep = min(count, max(1, count * room // size))
    axes = {"cosine": 3, "at": 1, "arrows": 3, "clean": 0, "noisy": 1, "denoised": 3, "ideal": 2}
    arrays = {name: getattr(view, name) for name in axes}
    return dataclasses.replace(
        view, **{n: a.take(range(keep), axis=axes[n]) for n, a in arrays.items() if a is not None}
    )


def _encoded(view: View) -> dict:
    about = {"dataset": view.dataset, "dim": view.dim, "objective": view.objective, "pairs": list(PAIRS)}
    about |= {"sizes": list(view.sizes), "sigmas": list(view.sigmas), "curves": view.curves.round(3).tolist()}
    about["colors"] = [style.size_look(n)[0] for n in view.sizes]
    about["cosine"] = _signed(view.cosine, 1)
    if view.at is not None and view.arrows is not None:
        centred = view.at - (view.at[0].min(0) + view.at[0].max(0)) / 2
        extent = 1.1 * np.abs(centred).max((1, 2))
        about |= {"extent": extent.round(4).tolist(), "longest": LONGEST, "count": view.at.shape[1]}
        return about | {"at": _signed(centred, extent[:, None, None]), "arrows": _signed(view.arrows, LONGEST)}
    assert view.clean is not None
    assert view.noisy is not None
    assert view.denoised is not None
    assert view.ideal is not None
    a, others = view.denoised[:, :, :1], view.denoised[:, :, 1:]
    difference = a - others  # [S, N, 2, P, s, s]: its own scale for each, since it shrinks with sigma
    largest = np.maximum(np.abs(difference).max((4, 5), keepdims=True), 1e-9)
    about |= {"side": view.clean.shape[-1], "count": len(view.clean)}
    about |= {"largest": [float(f"{value:.3g}") for value in largest.ravel()]}
    about |= {"difference": _signed(difference, largest), "clean": _shades(view.clean), "noisy": _shades(view.noisy)}
    return about | {"denoised": _shades(view.denoised), "ideal": _shades(view.ideal)}


def _signed(values: np.ndarray, largest: float | np.ndarray) -> str:
    """Numbers from -largest to largest as signed bytes, in base64."""
    return _base64(np.round(np.clip(values / largest, -1, 1) * 127).astype(np.int8))


def _shades(images: np.ndarray) -> str:
    """Images from 0 to 1 as bytes, in base64."""
    return _base64(np.round(np.clip(images, 0, 1) * 255).astype(np.uint8))


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode()
