"""From a matplotlib canvas to what a page shows: an inline SVG with its caption, its description and its data.

The data travel beside the drawing, as a second form of the same output; staging makes the files from it that a
reader can download. Curves carry their values, so that a page can say them where the pointer is.
"""

import html
import io
import json
import re
from collections.abc import Mapping

import matplotlib
import pandas as pd
from matplotlib.collections import Collection
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.figures import style
from lowdiff_lib.tables.tidy import spread

DATA = "application/vnd.lowdiff.figure+json"  # what staging looks for


class Figure:
    """What a chapter's cell shows: drawing, caption, and alternative text for those who cannot see it.

    table: what is drawn, as a reader would want to have it in a spreadsheet.
    """

    def __init__(self, name: str, canvas: Canvas, caption: str, alt: str, table: pd.DataFrame | None = None):
        self.name = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")  # it is an id, and a file, too
        self.caption, self.alt, self.table = caption, alt, table
        with matplotlib.rc_context(style.RC):
            buffer = io.StringIO()
            canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        self.svg = _for_page(buffer.getvalue(), self.name, alt, _curves_of(canvas))

    def _repr_html_(self) -> str:
        return (
            f'<figure class="lowdiff-figure" id="fig-{self.name}">\n<div class="lowdiff-plot">{self.svg}</div>\n'
            f"<figcaption>{html.escape(self.caption, quote=False)}</figcaption>\n</figure>"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, dict]:
        csv = "" if self.table is None else self.table.to_csv(index=False, float_format="%.6g")
        return {DATA: {"name": self.name, "csv": csv, **provenance()}}


def mark_curve(line: Line2D, band: Collection | None, row: str, column: str, table: pd.DataFrame) -> None:
    """Let a drawn line say its values: it is `row` and `column` of the table a reader sees below the figure."""
    numbers = spread(table, ["sigma"])[["sigma", "mean", "low", "high", "n"]].to_numpy()
    points = [[float(f"{value:.4g}") for value in each] for each in numbers]
    line.set_gid("curve" + json.dumps({"row": row, "column": column, "points": points}))
    if band is not None:
        band.set_gid("curve" + json.dumps({"row": row, "column": column}))


def _curves_of(canvas: Canvas) -> dict[str, str]:
    """What each marked artist says, by the id that the SVG has it under; where its points are is added here."""
    found = {}
    for axes in canvas.axes:
        for artist in [*axes.lines, *axes.collections]:
            gid = str(artist.get_gid() or "")
            if not gid.startswith("curve"):
                continue
            says = json.loads(gid.removeprefix("curve"))
            if isinstance(artist, Line2D):
                at = artist.get_transform().transform(artist.get_xydata()) * 72 / canvas.dpi
                height = canvas.get_figheight() * 72
                says["at"] = [[round(float(x), 1), round(float(height - y), 1)] for x, y in at]
                left, low, right, high = (float(edge) * 72 / canvas.dpi for edge in axes.bbox.extents)
                says["box"] = [round(edge, 1) for edge in (left, height - high, right, height - low)]
            found[gid] = json.dumps(says, separators=(",", ":"))
    return found


def _for_page(svg: str, name: str, alt: str, curves: Mapping[str, str]) -> str:
    """The <svg> element alone, scaling with the page, in its text colour, with names that no other figure has."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', svg)[1]) for side in ("width", "height"))  # type: ignore[index]

    def group(match: re.Match[str]) -> str:
        says = curves.get(html.unescape(match[2]))
        return f"<g class=\"lowdiff-curve\" data-curve='{html.escape(says, quote=False)}'" if says else "<g"

    svg = re.sub(r"""<g id=(["'])(.*?)\1""", group, svg)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"<svg[^>]*>", _opening(width, height, html.escape(alt)), svg, count=1)
    return svg.replace(style.INK, "currentColor")


def _opening(width: float, height: float, label: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{label}">'
    )
