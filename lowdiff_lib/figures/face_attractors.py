"""What disturbed faces return to: pictures first, then shares and distances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, new_canvas, seeds
from lowdiff_lib.figures.curves import Line, Panel, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show
from lowdiff_lib.tables import Measured

KIND = {"train": "-", "held_out": style.PAIR["A-twin"]}
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
        f"A face, the same with noise of level σ = {sigma:g}, and what A has made of it after so many applications, "
        "each at that level. Rows: number N of training faces of A, and whether the face is one of them."
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
        "A face, and where the probability flow of A takes it after noise of level σ was added: the noise level that A "
        "is told falls step by step from there. Rows as above. The last column has started from so much noise that "
        "little of the face was left."
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
        ax.set_title(title, fontsize=9)
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
        "Share of disturbed faces that become a copy of a training face of A: nearest training distance below a third "
        "of the second nearest (with one training face: nearer than a third of a held-out face's median distance). "
        f"Left: noise of level σ is added, and A is applied {iterations} times at that level. Right: the probability "
        "flow is followed down from there. Solid: the start is a training face; dashed: a held-out one."
    )
    axis = "share that is a training face"
    panels = {
        "rests_at_training_face": (f"denoised {iterations} times at level σ", axis),
        "flows_to_training_face": ("followed down in noise from σ", axis),
    }
    return _two_panels(measured, "face-attractors", panels, caption)


def face_survival(measured: Measured) -> Figure:
    """Share of faces that come back to themselves (left), and how far off they end (right), against the disturbance."""
    caption = (
        "Noise of level σ is added to a face, and the probability flow of A is followed down from there. Left: share "
        "that ends nearer to its own face than to any other of the training set or held out. Right: median distance "
        "between the end and the clean face, in units of the distance between two faces at random. Solid: training "
        "faces; dashed: held-out ones."
    )
    panels = {
        "survives": ("comes back to itself", "share that survives"),
        "distance_flowed": ("distance of the end", "distance (two faces = 1)"),
    }
    return _two_panels(measured, "face-survival", panels, caption)


def _two_panels(measured: Measured, name: str, wanted: Mapping[str, tuple[str, str]], caption: str) -> Figure:
    """Metrics against sigma: solid for training faces, dashed for held-out ones. wanted: of each its title and axis."""
    measured = measured.where(metric=[f"{metric}_{kind}" for metric in wanted for kind in KIND], who="A")
    panels = []
    for metric, (title, axis) in wanted.items():
        mine = measured.where(metric=[f"{metric}_{kind}" for kind in KIND])
        lines = [Line({"metric": f"{metric}_{kind}"}, f"{title}, {NAME[kind]}", line) for kind, line in KIND.items()]
        highest = max(layer.value.max() for layer in mine.layers)
        panels.append(Panel(mine, lines, axis, title, limits=(-0.04, max(1.04, 1.05 * highest))))
    first, (words, _) = next(iter(wanted.items()))
    shares = panels[0].measured
    high = shares.sigmas[-1]
    means = shares.where(sigma=high).means("n_train", "metric")
    alt = f"{words[0].upper()}{words[1:]}, share at sigma {high:g}: " + "; ".join(
        f"N = {n:,}, {NAME[kind]} {means[n, f'{first}_{kind}']:.0%}" for n in shares.sizes for kind in sorted(KIND)
    )
    caption = f"{caption} One colour per training-set size N; {seeds(measured.shown)}.{about_published(measured)}"
    return curves(name, panels, caption, alt, ticks=True)
