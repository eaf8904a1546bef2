"""What disturbed faces return to: pictures first, then shares and distances."""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, curve, legend, new_canvas, noise_axis, overlay, seeds
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show

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
    off = {place: float(((last[place] - clean[place]) ** 2).mean() ** 0.5) for place in clean.index}
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
    levels = table.sigma.where(table.what == "flowed", 0.0)
    shown = {(r.n_train, r.kind, level): r.image for r, level in zip(table.itertuples(), levels, strict=True)}
    canvas = _rows(shown, columns)
    off = {
        (n, kind): float(((image - shown[n, kind, 0.0]) ** 2).mean() ** 0.5)
        for (n, kind, level), image in shown.items()
        if level == sigmas[-1]
    }
    caption = (
        "A face, and where the probability flow of A takes it after noise of level σ was added: the noise level that A "
        "is told falls step by step from there. Rows as above. The last column has started from so much noise that "
        "little of the face was left."
    )
    alt = f"Faces followed down in noise. {_sizes(off, f'from sigma {sigmas[-1]:g}')}"
    return Figure("flowed-faces", canvas, caption, alt, pixel_table(table, KEYS))


def _rows(shown: dict, columns: dict):
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


def returning_shares(table: pd.DataFrame, iterations: int, published: pd.DataFrame | None = None) -> Figure:
    """Shares that become a copy of a training face: iterated at one level (left), followed down in noise (right).

    Over them what is `published`.
    """
    panels = {
        "rests_at_training_face": f"denoised {iterations} times at level σ",
        "flows_to_training_face": "followed down in noise from σ",
    }
    caption = (
        "Share of disturbed faces that become a copy of a training face of A: nearest training distance below a third "
        "of the second nearest (with one training face: below a third of the distance between two faces). Left: noise "
        f"of level σ is added, and A is applied {iterations} times at that level. Right: the probability flow is "
        "followed down from there. Solid: the start is a training face; dashed: a held-out one."
    )
    return _two_panels(table, published, panels, ("share that is a training face",) * 2, "face-attractors", caption)


def face_survival(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Share of faces that come back to themselves (left), and how far off they end (right), against the disturbance.

    Over them what is `published`.
    """
    panels = {"survives": "comes back to itself", "distance_flowed": "distance of the end"}
    caption = (
        "Noise of level σ is added to a face, and the probability flow of A is followed down from there. Left: share "
        "that ends nearer to its own face than to any other of the training set or held out. Right: median distance "
        "between the end and the clean face, in units of the distance between two faces at random. Solid: training "
        "faces; dashed: held-out ones."
    )
    labels = ("share that survives", "distance (two faces = 1)")
    return _two_panels(table, published, panels, labels, "face-survival", caption)


def _two_panels(
    table: pd.DataFrame,
    published: pd.DataFrame | None,
    panels: dict[str, str],
    labels: Sequence[str],
    name: str,
    caption: str,
) -> Figure:
    """Two metrics against sigma: one colour per n_train, solid for training faces, dashed for held-out ones."""
    table = table[table.metric.isin([f"{m}_{kind}" for m in panels for kind in KIND]) & (table.objective != "none")]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    for ax, (metric, title), text in zip(axes, panels.items(), labels, strict=True):
        for n_train in sorted(table.n_train.unique()):
            color, marker = style.size_look(n_train)
            size = f"N = {n_train:,}"
            for kind, line in KIND.items():
                mine = table[(table.metric == f"{metric}_{kind}") & (table.n_train == n_train)]
                named = size if kind == "train" else ""
                curve(ax, mine, color, marker, line, named, row=size, column=f"{title}, {NAME[kind]}")
        if published is not None:
            theirs = published[published.metric.str.startswith(metric) & (published.objective != "none")]
            overlay(ax, theirs.assign(who=theirs.metric.str.removeprefix(f"{metric}_")), KIND)
        of_metric = table[table.metric.str.startswith(metric)]
        ax.set(ylabel=text, ylim=(-0.04, max(1.04, 1.05 * of_metric.value.max())))
        ax.set_title(title)
        noise_axis(ax)
        levels = sorted(of_metric.sigma.unique())
        ax.set_xticks(levels, [f"{level:g}" for level in levels])
        ax.set_xticks([], minor=True)
    legend(canvas, axes, 5)
    first = next(iter(panels))
    mine = table[table.metric.str.startswith(first)]
    mine = mine[mine.sigma == mine.sigma.max()]
    means = mine.assign(kind=mine.metric.str.removeprefix(f"{first}_")).groupby(["n_train", "kind"])["value"].mean()
    alt = f"{panels[first][0].upper()}{panels[first][1:]}, share at sigma {mine.sigma.iloc[0]:g}: " + "; ".join(
        f"N = {n:,}, {NAME[str(kind)]} {value:.0%}" for (n, kind), value in means.items()
    )
    caption = f"{caption} One colour per training-set size N; {seeds(table)}.{about_published(published, table)}"
    return Figure(name, canvas, caption, alt, table)
