"""What disturbed faces return to: pictures first, then shares and distances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from lowdiff_lib.figures.canvas import new_canvas, seeds, titled
from lowdiff_lib.figures.curves import Line, Panel, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show
from lowdiff_lib.tables import Measured

NAME = {"train": "training face", "held_out": "held-out face"}
KEYS = ["n_train", "kind", "what", "sigma"]


def iterated_faces(pictures: pd.DataFrame) -> Figure:
    """A training face and a held-out one, denoised again and again, for each n_train."""
    table = pictures[pictures.what != "flowed"]
    columns = {what: what.replace("iterated ", "after ") for what in table.what.unique()}
    shown = {(row.n_train, row.kind, row.what): row.image for row in table.itertuples()}
    sigma = table.sigma.iloc[0]
    canvas = _rows(shown, columns)
    clean = table[table.what == "clean"].set_index(["n_train", "kind"]).image
    last = table[table.what == table.what.iloc[-1]].set_index(["n_train", "kind"]).image
    off = {place: _off(last[place], clean[place]) for place in clean.index}
    caption = (
        f"A face, the same with noise of level σ = {sigma:g}, and what A has made of it after so many applications at "
        "that level. Rows: number N of training faces, and whether the face is one of them."
    )
    alt = f"Faces denoised again and again at sigma {sigma:g}. {_sizes(off, columns[table.what.iloc[-1]])}"
    return Figure("iterated-faces", canvas, caption, alt, pixel_table(table, KEYS))


def flowed_faces(pictures: pd.DataFrame) -> Figure:
    """The same faces after more and more noise was added and removed along the probability flow, for each n_train."""
    table = pictures[pictures.what.isin(["clean", "flowed"])]
    sigmas = sorted(table[table.what == "flowed"].sigma.unique())
    columns = {0.0: "clean"} | {sigma: f"σ = {sigma:g}" for sigma in sigmas}
    started = table.assign(sigma=table.sigma.where(table.what == "flowed", 0.0))
    shown = {(row.n_train, row.kind, row.sigma): row.image for row in started.itertuples()}
    canvas = _rows(shown, columns)
    off = {
        (n, kind): _off(image, shown[n, kind, 0.0]) for (n, kind, level), image in shown.items() if level == sigmas[-1]
    }
    caption = (
        "A face, and where the probability flow of A takes it after noise of level σ was added. Rows: number N of "
        "training faces, and whether the face is one of them."
    )
    alt = f"Faces followed down in noise. {_sizes(off, f'from sigma {sigmas[-1]:g}')}"
    return Figure("flowed-faces", canvas, caption, alt, pixel_table(table, KEYS))


def _off(image: np.ndarray, clean: np.ndarray) -> float:
    """Root mean square of what tells two pictures apart."""
    return float(((image - clean) ** 2).mean() ** 0.5)


def _rows(shown: dict, columns: dict) -> Canvas:
    """A grid of pictures: a row for each n_train and kind, a column for each of `columns` with its title."""
    places = list(dict.fromkeys((n_train, kind) for n_train, kind, _ in shown))
    canvas, axes = new_canvas(len(places), len(columns), 1.3 * len(places))
    for ax, title in zip(axes[0], columns.values(), strict=True):
        titled(ax, title, 9)
    for row, (n_train, kind) in zip(axes, places, strict=True):
        for ax, column in zip(row, columns, strict=True):
            show(ax, shown[n_train, kind, column])
        row[0].set_ylabel(f"N = {n_train:,}\n{NAME[kind]}", fontsize=8)
    return canvas


def _sizes(off: dict[tuple[int, str], float], when: str) -> str:
    values = "; ".join(f"N = {n:,}, {NAME[kind]} {size:.2f}" for (n, kind), size in off.items())
    return f"Root mean square difference to the clean face {when}: {values}."


def returning_shares(measured: Measured, iterations: int) -> Figure:
    """Shares that become a copy of a training face: iterated at one level (left), followed down in noise (right)."""
    caption = (
        "How many disturbed faces become a copy of a training face, that is, come nearer to it than a third of the "
        "distance to the second nearest (with N = 1: nearer than a third of a new face's median distance). Noise of "
        f"level σ is added; then A is applied {iterations} times at that level, or the probability flow is followed "
        "down from it"
    )
    axis = "share that is a training face"
    panels = {
        "rests_at_training_face": (f"denoised {iterations} times", axis),
        "flows_to_training_face": ("followed down in noise", axis),
    }
    return _two_panels(measured, "face-attractors", panels, caption)


def face_survival(measured: Measured) -> Figure:
    """Share of faces that come back to themselves (left), and how far off they end (right), against the disturbance."""
    caption = (
        "Noise of level σ is added to a face, and the probability flow of A is followed down from there: how many end "
        "nearer to their own face than to any other, and how far off the end is, where two faces at random are 1 apart"
    )
    panels = {
        "survives": ("comes back to itself", "share that survives"),
        "distance_flowed": ("distance of the end", "distance"),
    }
    return _two_panels(measured, "face-survival", panels, caption)


def _two_panels(measured: Measured, name: str, wanted: Mapping[str, tuple[str, str]], caption: str) -> Figure:
    """Metrics against sigma, a row for each: training faces, held-out ones. wanted: of each its title and axis."""
    measured = measured.first.where(metric=[f"{metric}_{kind}" for metric in wanted for kind in NAME], who="A")
    panels = []
    for metric, (title, axis) in wanted.items():
        both = measured.where(metric=[f"{metric}_{kind}" for kind in NAME])
        limits = (-0.04, max(1.04, 1.05 * both.shown.value.max()))
        for kind, whose in NAME.items():
            mine = both.where(metric=f"{metric}_{kind}")
            panels.append(Panel(mine, [Line({}, f"{title}, {whose}")], axis, f"{whose}, {title}", limits=limits))
    first, (words, _) = next(iter(wanted.items()))
    shares = measured.where(metric=[f"{first}_{kind}" for kind in NAME])
    high = shares.sigmas[-1]
    means = shares.where(sigma=high).means("n_train", "metric")
    alt = f"{words[0].upper()}{words[1:]}, share at sigma {high:g}: " + "; ".join(
        f"N = {n:,}, {NAME[kind]} {means[n, f'{first}_{kind}']:.0%}" for n in shares.sizes for kind in sorted(NAME)
    )
    caption = f"{caption} ({seeds(measured.shown)})."
    return curves(name, panels, caption, alt, ticks=True, in_a_row=2)
