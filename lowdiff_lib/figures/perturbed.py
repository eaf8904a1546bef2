"""What comes back when faces, or points, are disturbed and the paper's sampler goes on: pictures, then shares."""

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.blindness import WORDS
from lowdiff_lib.figures.canvas import counted, legend, new_canvas, stacked, titled
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show
from lowdiff_lib.tables import Measured

FACES = {"everywhere": "everywhere", "part": "in a square", "hidden": "square at 0"}
POINTS = {"everywhere": "everywhere", "part": "in half", "hidden": "half at mean"}
DISTURBED = {"face": FACES, "point": POINTS}  # in words, by what is disturbed
CONTROLS = {  # who is no network: words, and line
    "wiener": ("linear filter", style.REFERENCE["wiener"]),
    "wiener pair": ("linear filter", style.REFERENCE["wiener"]),
    "exact": ("exact", style.REFERENCE["exact"]),
    "best blind": (style.REFERENCE_WORDS["best blind"], style.REFERENCE["best blind"]),
    "identity": ("nothing done", (0, (1, 4))),
}


class _Shown(NamedTuple):
    """A column of panels: its title, its measure, and whose is filled and open: the metric's ending, and who."""

    title: str
    measure: str
    filled: tuple[str, str]
    open: tuple[str, str]


SHOWN = (
    _Shown("comes back", "returned", ("_train", "A"), ("_held_out", "A")),
    _Shown("is a copy", "copied", ("_train", "A"), ("_held_out", "A")),
    _Shown("two end together", "together", ("", "A-B"), ("", "A-twin")),
)


def disturbed_faces(pictures: pd.DataFrame) -> Figure:
    """A face, disturbed in each way, and where A and B take it; for the smallest and the largest n_train."""
    kinds, sizes = list(pictures.kind.unique()), list(pictures.n_train.unique())
    columns = [("clean", sizes[0]), ("disturbed", sizes[0]), *((side, n) for n in sizes for side in ("A", "B"))]
    found = pictures.set_index(["kind", "what", "n_train"])
    canvas, axes = new_canvas(len(kinds), len(columns), 1.35 * len(kinds))
    for ax, (what, n) in zip(axes[0], columns, strict=True):
        titled(ax, what if what in ("clean", "disturbed") else f"{what}, N = {n:,}", 9)
    for row, kind in zip(axes, kinds, strict=True):
        for ax, (what, n) in zip(row, columns, strict=True):
            cell = found.loc[(kind, what, n)]
            show(ax, cell.image)
            if cell.ran_away:
                ax.set_xlabel("ran away", fontsize=8)
        row[0].set_ylabel(FACES[kind], fontsize=8)
    caption = (
        "A held-out face; the same with noise everywhere, with noise in one square, and with that square set to 0; and "
        "the picture that the paper's sampler ends at when it goes on from there by A and by B, which were trained on "
        "other faces, N a side."
    )
    off = []
    for row in pictures[pictures.what.isin(["A", "B"])].itertuples():
        error = float(((row.image - found.loc[(row.kind, "clean", row.n_train)].image) ** 2).mean() ** 0.5)
        words = "ran away" if row.ran_away else f"{error:.2f}"
        off.append(f"{FACES[row.kind]}, {row.what}, N = {row.n_train:,}: {words}")
    alt = f"A disturbed face and where it is taken; root mean square difference to the clean one: {'; '.join(off)}."
    return Figure("disturbed-faces", canvas, caption, alt, pixel_table(pictures, ["n_train", "kind", "what"]))


def perturbed(measured: Measured, sample: str = "face") -> Figure:
    """Shares that come back, that are copies, and from which two models end together, a row for each arm.

    sample: what is disturbed, a face or a point.
    """
    kinds = DISTURBED[sample]
    measured = measured.first
    table = measured.shown
    arms = [arm for arm in WORDS if arm in measured.arms]
    places = {
        (kind, sigma): f"{words} {sigma:g}" if sigma else words
        for kind, words in kinds.items()
        for sigma in sorted(table[table.metric == f"together_{kind}"].sigma.unique())
    }
    canvas, axes = new_canvas(len(arms), len(SHOWN), 0.9 + 2.3 * len(arms), sharey=True, sharex=True)
    for row, arm in zip(axes, arms, strict=True):
        for ax, shown in zip(row, SHOWN, strict=True):
            _draw(ax, table, arm, shown, list(places))
            ax.set_xticks(range(len(places)), list(places.values()), fontsize=8, rotation=60, ha="right")
            titled(ax, shown.title)
        row[0].set_ylabel(f"share, {WORDS[arm].partition(',')[0]}")
        row[0].set_ylim(-0.06, 1.06)
    stacked(axes.flat)
    legend(canvas, axes.flat)
    caption = (
        f"A {sample} of {measured.name} is disturbed, by noise everywhere (of the σ named), noise {kinds['part']}, or "
        f"a part set to a fixed value ({kinds['hidden']}); the paper's sampler goes on from it. Left: share that comes "
        f"back, and that ends as a copy of a training {sample} (filled: training {sample}s, open: new ones; crosses: "
        "it never came to an end). Right: share from which two models end alike, of different data (filled) or the "
        f"same (open; {counted(table)})."
    )
    back = table[table.metric.isin([f"returned_{kind}_held_out" for kind in kinds])]
    means = back[back.who == "A"].groupby(["arm", "n_train"])["value"].mean()
    says = "; ".join(f"{WORDS[arm]}, N = {n:,}: {value:.0%}" for (arm, n), value in means.items())
    alt = f"Held-out {sample}s that come back under A, over all disturbances: {says}."
    return Figure(f"perturbed-{sample}s-{measured.datasets[0]}", canvas, caption, alt, table)


def _draw(ax: Axes, table: pd.DataFrame, arm: str, shown: _Shown, places: list) -> None:
    """One panel: a group of marks for each disturbance, in it the sizes from left to right."""
    mine = table[table.arm == arm]
    sizes = sorted(mine.n_train.unique())
    for at, (kind, sigma) in enumerate(places):
        here = mine[mine.sigma == sigma]
        for order, n_train in enumerate(sizes):
            color, marker = style.size_look(n_train)
            x, of = at + 0.6 * ((order + 0.5) / len(sizes) - 0.5), here[here.n_train == n_train]
            for (ending, who), face in ((shown.filled, color), (shown.open, "none")):
                value = _mean(of, f"{shown.measure}_{kind}{ending}", who)
                label = f"N = {n_train:,}" if at == 0 and face != "none" and shown is SHOWN[0] else None
                ax.plot(x, value, marker, color=color, mfc=face, mec=color, label=label, ls="")
            away = _mean(of, f"ran_away_{kind}", "A")
            if away > 0 and shown is SHOWN[0]:
                ax.plot(x, away, "x", color=color, ms=6, label="ran away")
        for who, (words, line) in CONTROLS.items():
            of_arm = "told" if who.startswith("wiener") else arm  # where the linear filters are measured
            beside = table[(table.sigma == sigma) & (table.who == who) & (table.arm == of_arm)]
            beside = beside[beside.metric.str.startswith(f"{shown.measure}_{kind}")]
            if len(beside):
                value = beside[beside.n_train == beside.n_train.max()].value.mean()
                ax.plot([at - 0.4, at + 0.4], [value, value], color=style.INK, ls=line, lw=1, label=words)


def _mean(table: pd.DataFrame, metric: str, who: str) -> float:
    return float(table[(table.metric == metric) & (table.who == who)].value.mean())
