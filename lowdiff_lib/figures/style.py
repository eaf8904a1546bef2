"""One visual language for the whole book: the same look for the same thing on every page.

| what | look |
|---|---|
| N, training samples a side | one ramp, from faint (few) to strong (many): `SIZE`; legends are sorted by N |
| model A, model B | blue, orange: `SIDE` |
| two models, different data | solid, purple where N has panels of its own: `PAIR["A-B"]` |
| two models, same data twice | dashed, colour of text there: `PAIR["A-twin"]` |
| due to the data | the gap between the two, in light purple |
| needs no training | colour of text: exact solid, ideal dash-dotted, linear filter dotted: `REFERENCE` |
| the usual network, told sigma; not told; other objectives | olive; crimson; teal and violet: `ARM`, `OBJECTIVE` |
| told and not told, each trained as the other is | the same colours, pale: `ARM` |
| training steps, few to many | olive, from faint to strong: `BUDGET` |
| coarse to fine parts of a picture | brown, from strong to faint: `BAND` |
| training data, new data | amber, teal, or a panel for each: `SEEN`, `NEW` |
| another resolution or precision, beside the usual one | thin: `THIN` |
| worse than doing nothing | grey shade: `SHADE` |
| extrapolation: no training point is near | hatch: `HATCH` |
| cut off | a triangle at the edge with the value |
| repetitions | a band from lowest to highest; the caption says of how many |
| the other table, mine or the published one | hidden until a reader asks for it; then half as strong, without bands |

Every colour has two shades, for a light page and for a dark one. A drawing has the light one; in a page it is a
variable of the style sheet (`book/_static/lowdiff.css`), which a test compares with this file. Text and axes have the
colour of the page's own text.
"""

from typing import Any, NamedTuple

INK = "#010203"  # replaced by the page's text colour in the SVG


class Shades(NamedTuple):
    """A colour on a light page and on a dark one."""

    light: str
    dark: str


SHADES = {  # every colour of the book by its name; the style sheet has them as --ld-NAME
    "n1": Shades("#86bd67", "#425490"),
    "n10": Shades("#3fa676", "#3a78a9"),
    "n100": Shades("#00887d", "#429cb1"),
    "n1000": Shades("#006a7f", "#55c0b4"),
    "n10000": Shades("#00477f", "#9bdab7"),
    "n100000": Shades("#17226d", "#ddefcc"),
    "a": Shades("#0072b2", "#56b4e9"),
    "b": Shades("#d55e00", "#f0903c"),
    "different": Shades("#8e3a9d", "#d58ce0"),
    "usual": Shades("#5d7a00", "#b5cf4b"),
    "crimson": Shades("#b8123f", "#ff7a90"),
    "rose": Shades("#d06a86", "#b5687a"),
    "amber": Shades("#a86a00", "#e0a93b"),
    "teal": Shades("#008391", "#4dcbdc"),
    "violet": Shades("#5a54c9", "#a9a6ff"),
    "quiet": Shades("#6b7883", "#9aa7b2"),
    "coarse": Shades("#6b3f00", "#f5d9a3"),
    "fine": Shades("#d9a441", "#8f6a24"),
    "less": Shades("#a3b85c", "#66762f"),
    "more": Shades("#3b5000", "#d3e58a"),
    "most": Shades("#1d2a00", "#f4fbd2"),
}
LIGHT = {name: shades.light for name, shades in SHADES.items()}

SIZE = {
    1: (LIGHT["n1"], "o"),
    10: (LIGHT["n10"], "s"),
    100: (LIGHT["n100"], "^"),
    1000: (LIGHT["n1000"], "D"),
    10_000: (LIGHT["n10000"], "v"),
    100_000: (LIGHT["n100000"], "P"),
}
SIDE = {"A": LIGHT["a"], "B": LIGHT["b"]}
TWICE = (0, (4, 2))
PAIR = {"A-B": "-", "A-twin": TWICE}
PAIR_COLOUR = {"A-B": LIGHT["different"], "A-twin": INK}
PAIR_WORDS = {"A-B": "different data", "A-twin": "same data, twice"}
REFERENCE = {"exact": "-", "ideal": "-.", "wiener": ":", "best blind": (0, (7, 1.5, 1, 1.5, 1, 1.5))}
REFERENCE_WORDS = {
    "exact": "exact",
    "ideal": "ideal",
    "wiener": "linear filter",
    "best blind": "best possible, not told",
}
USUAL = LIGHT["usual"]
ARM = {
    "told": (USUAL, "o"),
    "told-plain": (LIGHT["less"], "D"),
    "blind-weighted": (LIGHT["rose"], "^"),
    "blind": (LIGHT["crimson"], "s"),
}
OBJECTIVE = {"denoiser": (USUAL, "o"), "ncsn": (LIGHT["teal"], "s"), "ssm": (LIGHT["violet"], "^")}
BUDGET = {
    "half": LIGHT["less"],
    "told": USUAL,
    "twice": LIGHT["more"],
    "fourfold": LIGHT["most"],
    "eightfold": LIGHT["most"],
}
BAND = {"low": (LIGHT["coarse"], "o"), "middle": (LIGHT["amber"], "s"), "high": (LIGHT["fine"], "^")}
SEEN, NEW = LIGHT["amber"], LIGHT["teal"]
QUIET = LIGHT["quiet"]  # points and areas that are what they are, data and density
THIN = 0.7  # width of a line that another is compared with
SHADE: dict[str, Any] = {"color": LIGHT["quiet"], "alpha": 0.17, "lw": 0, "zorder": 0}
HATCH: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": LIGHT["quiet"],
    "hatch": "////",
    "lw": 0,
    "alpha": 0.6,
    "zorder": 0,
}
DATASET = {"uniform": "o", "sharpcov": "s", "spiral": "^", "hd-uniform": "D", "hd-sharpcov": "v", "thin-manifold": "P"}

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
    "hatch.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "figure.constrained_layout.use": True,
}


def dataset_look(name: str) -> tuple[str, str]:
    """Colour and marker of a data set: the colour of text, and a marker of its own; for a new one a star."""
    return INK, DATASET.get(name, "*")


def size_look(n_train: int) -> tuple[str, str]:
    """Colour and marker of a training-set size: its own, or that of the nearest power of ten."""
    nearest = min(SIZE, key=lambda known: max(known, n_train) / min(known, n_train))
    return SIZE[nearest]


def css(colour: str) -> str:
    """A colour of a drawing as a page has it: a variable of the style sheet, or that of text. Not for attributes."""
    if colour == INK:
        return "currentColor"
    name = next((name for name, light in LIGHT.items() if light == colour), None)
    return f"var(--ld-{name}, {colour})" if name else colour


def sheet(theme: str) -> str:
    """The colours of a theme, light or dark, as declarations of a style sheet."""
    return " ".join(f"--ld-{name}: {getattr(shades, theme)};" for name, shades in SHADES.items())
