"""One look for the whole book: the same colour and marker for the same thing on every page.

Colours are from Okabe and Ito's colour-blind safe set, of a middle lightness that reads on white and on black. What
stands for "no colour" (text, axes, exact answers) becomes the colour of the page's own text.
"""

from typing import Any

INK = "#010203"  # replaced by the page's text colour in the SVG
SIZE = {
    1: ("#8c8c8c", "o"),
    10: ("#cc79a7", "s"),
    100: ("#d55e00", "^"),
    1000: ("#b8860b", "D"),
    10_000: ("#009e73", "v"),
    100_000: ("#0072b2", "P"),
}
SIDE = {"A": "#0072b2", "B": "#d55e00"}
DATASET = {
    "uniform": ("#0072b2", "o"),
    "sharpcov": ("#d55e00", "s"),
    "spiral": ("#009e73", "^"),
    "hd-uniform": ("#cc79a7", "D"),
    "hd-sharpcov": ("#b8860b", "v"),
    "thin-manifold": ("#8c8c8c", "P"),
}
REFERENCE = {"ideal": "--", "wiener": ":"}
OBJECTIVE = {"denoiser": ("#0072b2", "o"), "ncsn": ("#d55e00", "s"), "ssm": ("#009e73", "^")}
PAIR = {"A-B": "-", "A-twin": (0, (2, 2))}

RC: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, selectable, in the page's font
    "svg.hashsalt": "lowdiff",
    "font.size": 10,
    "font.family": "sans-serif",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.facecolor": "none",
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
    "figure.constrained_layout.use": True,
}


def dataset_look(name: str) -> tuple[str, str]:
    """Colour and marker of a data set: its own, or for a new one a star of a colour that its name picks."""
    colors = [color for color, _ in DATASET.values()]
    return DATASET.get(name, (colors[sum(name.encode()) % len(colors)], "*"))


def size_look(n_train: int) -> tuple[str, str]:
    """Colour and marker of a training-set size: its own, or that of the nearest power of ten."""
    nearest = min(SIZE, key=lambda known: max(known, n_train) / min(known, n_train))
    return SIZE[nearest]
