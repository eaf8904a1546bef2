"""From a matplotlib canvas to what a page shows: an inline SVG with its caption, its description and its data.

The data travel beside the drawing, as a second form of the same output; staging makes the files from it that a
reader can download. Curves carry their values, so that a page can say them where the pointer is.
"""

import html
import io
import json
import re
import zlib
from collections.abc import Mapping

import matplotlib
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.figures import style
from lowdiff_lib.tables.tidy import spread

DATA = "application/vnd.lowdiff.figure+json"  # what staging looks for
# What names of artists begin with that mean something to a page.
CURVE, PANEL, OTHER, LEGEND = "curve", "panel", "other", "legend"


FONTS = "'DejaVu Sans', 'Bitstream Vera Sans', Verdana, Geneva, Arial, Helvetica, sans-serif"  # as wide as was drawn
UNSAID = re.compile(r"font-family:[^;]*;|text-anchor:start;")  # the first is said once, the second goes without saying
SCALE = 1.39  # pixels of a page for a point of a drawing, at most: words are as large in all figures


class Figure:
    """What a chapter's cell shows: drawing, caption, and alternative text for those who cannot see it.

    table: what is drawn, as a reader would want to have it in a spreadsheet. compare: what the switch says that shows
    the lines of the other table, and how far they are apart; none without such lines. live: the link to the
    explorer in the state that shows it (`tables.live`).
    """

    def __init__(
        self,
        name: str,
        canvas: Canvas,
        caption: str,
        alt: str,
        table: pd.DataFrame | None = None,
        compare: tuple[str, str] | None = None,
        live: str = "",
    ):
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")  # it is an id, and a file, too
        self.caption, self.alt, self.table, self.compare = caption, alt, table, compare
        self.live = live
        with matplotlib.rc_context(style.RC):
            buffer = io.StringIO()
            canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        self.svg = _for_page(buffer.getvalue(), self.name, alt, _curves_of(canvas))

    def _repr_html_(self) -> str:
        said = f"{html.escape(self.caption, quote=False)} {self.live}".strip()
        return (
            f'<figure class="lowdiff-figure" id="fig-{self.name}">\n<div class="lowdiff-plot">{self.svg}</div>\n'
            f"{self._switch()}<figcaption>{said}</figcaption>\n</figure>"
        )

    def _switch(self) -> str:
        """What shows the lines of the other table; the style sheet does it, without a script."""
        if self.compare is None:
            return ""
        words, apart = (html.escape(each, quote=False) for each in self.compare)
        box = f'<label><input type="checkbox" autocomplete="off" /> {words}</label>'
        return f'<p class="lowdiff-compare">{box} <span>{apart}</span></p>\n'

    def _repr_mimebundle_(self, **_: object) -> dict[str, dict]:
        csv = "" if self.table is None else self.table.to_csv(index=False, float_format="%.5g")
        return {DATA: {"name": self.name, "csv": csv, **provenance()}}


def mark_curve(
    line: Line2D,
    band: Collection | None,
    row: str,
    column: str,
    table: pd.DataFrame,
    middle: str = "mean",
    **more: bool,
) -> None:
    """Let a drawn line say its values: it is `row` and `column` of the table a reader sees below the figure.

    more: `rest`, what a page shows when asked only; `other`, of the table that is compared with.
    """
    numbers = spread(table, ["sigma"], middle)[["sigma", "mean", "low", "high", "n"]].to_numpy()
    points = [[float(f"{value:.4g}") for value in each] for each in numbers]
    about = {"row": row, "column": column, **{key: 1 for key, value in more.items() if value}}
    line.set_gid(CURVE + json.dumps(about | {"points": points}))
    if band is not None:
        band.set_gid(CURVE + json.dumps(about))


def mark_with(line: Line2D, artist: Artist) -> None:
    """Let an artist be shown and hidden together with a line that says its values."""
    gid = str(line.get_gid() or "")
    if gid.startswith(CURVE):
        says = json.loads(gid.removeprefix(CURVE))
        artist.set_gid(CURVE + json.dumps({key: value for key, value in says.items() if key != "points"}))


def _curves_of(canvas: Canvas) -> dict[str, str]:
    """What each marked artist says, by the name that the SVG has it under; where it is drawn is added here."""
    found = {}
    for axes in canvas.axes:
        if str(axes.get_gid() or "").startswith(PANEL):
            found[str(axes.get_gid())] = json.dumps(_box(axes, canvas), separators=(",", ":"))
        for artist in [*axes.lines, *axes.collections, *axes.texts]:
            gid = str(artist.get_gid() or "")
            if not gid.startswith(CURVE):
                continue
            says = json.loads(gid.removeprefix(CURVE))
            if isinstance(artist, Line2D) and "points" in says:
                at = artist.get_transform().transform(artist.get_xydata()) * 72 / canvas.dpi
                height = canvas.get_figheight() * 72
                says["at"] = [[round(float(x), 1), round(float(height - y), 1)] for x, y in at]
                says["box"] = _box(axes, canvas)
            found[gid] = json.dumps(says, separators=(",", ":"))
    return found


def _box(axes: Axes, canvas: Canvas) -> list[float]:
    """Left, top, right and bottom of a panel in the drawing."""
    left, low, right, high = (float(edge) * 72 / canvas.dpi for edge in axes.bbox.extents)
    height = canvas.get_figheight() * 72
    return [round(edge, 1) for edge in (left, height - high, right, height - low)]


def _for_page(svg: str, name: str, alt: str, curves: Mapping[str, str]) -> str:
    """The <svg> element alone, scaling with the page, in its colours, with names that no other figure has."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r' (d|x|y)="[^"]*"', lambda match: re.sub(r"-?\d+\.\d{3,}", _shorter, match[0]), svg)
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', svg)[1]) for side in ("width", "height"))  # type: ignore[index]

    def group(match: re.Match[str]) -> str:
        gid = html.unescape(match[2])
        if gid.startswith(PANEL):
            return f'<g class="lowdiff-axes" data-box="{curves[gid]}"'
        if gid in curves:
            hidden = ' display="none"' if json.loads(curves[gid]).get("other") else ""
            says = html.escape(curves[gid], quote=False).replace(
                "'", "&#39;"
            )  # the attribute's own quotes alone: shorter
            return f"<g class=\"lowdiff-curve\"{hidden} data-curve='{says}'"
        if gid.startswith(OTHER):
            return '<g class="lowdiff-other" display="none"'
        return '<g class="lowdiff-legend"' if gid == LEGEND else "<g"

    svg = re.sub(r"""<g id=(["'])(.*?)\1""", group, svg)
    svg = _light(svg, tag(name))
    svg = re.sub(r"<svg[^>]*>", _opening(width, height, html.escape(alt)), svg, count=1)
    return re.sub(r"#[0-9a-f]{6}\b", lambda match: style.css(match[0]), svg)


def tag(name: str) -> str:
    """What the names in the drawing of a figure begin with: short, as they stand at each marker."""
    return f"z{zlib.crc32(name.encode()):x}-"  # no word that could be a colour


def _light(svg: str, begin: str) -> str:
    """The same drawing in two thirds of the letters: short names that begin with `begin`, said once, no indentation."""
    known: dict[str, int] = {}
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(
        r'( id="| xlink:href="#|url\(#)([\w-]+)',
        lambda match: f"{match[1].replace('xlink:', '')}{begin}{known.setdefault(match[2], len(known))}",
        svg,
    )
    svg = re.sub(r'<g( clip-path="[^"]*")>((?:\s*<use [^>]*/>)+)', _one_style, svg)
    svg = re.sub(r' style="[^"]*"', lambda match: UNSAID.sub("", re.sub(r"([;:]) ", r"\1", match[0])), svg)
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", svg)
    svg = re.sub(r' d="[^"]*"', lambda match: re.sub(r"\s*\n(?:L )?", " ", match[0]).replace(' "', '"'), svg)
    return re.sub(r"\n\s+", "\n", svg)


def _shorter(number: re.Match[str]) -> str:
    """A place in a drawing to a hundredth of a point: a third of the file."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _one_style(markers: re.Match[str]) -> str:
    """The markers of a line, with the style that all have said once: a fifth of a page with many curves."""
    styles = set(re.findall(r' style="[^"]*"', markers[2]))
    if len(styles) != 1 or markers[2].count("<use") != markers[2].count(" style="):
        return markers[0]
    (style_of_all,) = styles
    return f"<g{markers[1]}{style_of_all}>{markers[2].replace(style_of_all, '')}"


def _opening(width: float, height: float, label: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width:g} {height:g}" style="max-width: {width * SCALE:.0f}px; font-family: {FONTS}" role="img" '
        f'aria-label="{label}">'
    )
