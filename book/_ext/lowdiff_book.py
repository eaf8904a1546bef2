"""What the book needs from Sphinx beyond its settings in `_config.yml`.

- MathJax from the installed package, so that a page asks no other machine for anything and opens from disk.
- Findings: the sentence that a chapter computed, on any other page, and never out of step with it.
- Tables of the book's own making (`data/*.csv` in the staged book): faults, runs, times.
- Links to figures: where a build has not drawn the figure, they lead to its chapter. Links to a state of the explorer:
  they are there where its networks are.
- Code folded away: a reader sees prose and figures first. A cell tagged `show-input` stays open.
- Buttons that need the repository's address, once `_config.yml` has one.
"""

import csv
import json
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

MATHJAX = "mathjax/tex-mml-chtml.js"
FONTS = "mathjax/output/chtml/fonts/woff-v2"

DECIDED = {"show-input", "hide-input", "hide-cell", "remove-input", "remove-cell"}
BEHIND = {  # what the line to click on promises
    "parameters": "the parameters of this chapter",
    "injected-parameters": "the values this page was run with",
    "others": "the other data sets",  # with these two a cell's pictures are folded away, too
    "mine": "what this machine measured",
}
POWER = re.compile(r"^(-?[\d.]+)e([+-]\d+)$")
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FIGURE_LINK = re.compile(r'href="([\w-]+)\.html#(fig-[\w-]+)"')
EXPLORER = "chapters/explorer.ipynb"
LIVE_LINK = re.compile(r' ?<a class="lowdiff-try" href="explorer\.html#data=([\w-]+)&amp;n=(\d+)[^>]*>([^<]*</a>)?')
NOT_RUN = "*This chapter has not been run on this machine yet.*"


class Finding(SphinxDirective):
    """Show what the cell tagged `finding` of a chapter printed as Markdown:

        ```{finding} training-set-size
        ```

    The page depends on the executed chapter, so it is made again whenever that changes.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir, "chapters", f"{self.arguments[0]}.ipynb")
        if not path.is_file():
            raise self.error(f"there is no chapter {self.arguments[0]}")
        self.env.note_dependency(str(path))
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "finding" in cell["metadata"].get("tags", [])]
        if not tagged:
            raise self.error(f"no cell of {self.arguments[0]} is tagged `finding`")
        found = [output.get("data", {}).get("text/markdown") for cell in tagged for output in cell["outputs"]]
        lines = "".join("".join(text) + "\n\n" for text in found if text).splitlines()
        content = nodes.container(classes=["lowdiff-finding"])
        self.state.nested_parse(StringList(lines or [NOT_RUN], str(path)), 0, content)
        return [content]


class DataTable(SphinxDirective):
    """Show a table of `data/` in the staged book as it is; the block stands in for one that is missing or empty:

    ```{data-table} faults
    To make it: `make faults`
    ```
    """

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir, "data", f"{self.arguments[0]}.csv")
        self.env.note_dependency(str(path))
        lines = list(self.content)
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                names, *rows = csv.reader(file)
            numbers = [all(_is_number(row[column]) for row in rows) for column in range(len(names))]
            rule = ["--:" if number else "---" for number in numbers]
            if rows:
                table = (names, rule, *([POWER.sub(_power, cell) for cell in row] for row in rows))
                lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table]
        content = nodes.container(classes=["lowdiff-data-table", self.arguments[0]])
        self.state.nested_parse(StringList(lines, str(path)), 0, content)
        return [content]


def _power(match: re.Match[str]) -> str:
    """1.2e-06 as a reader writes it."""
    return f"{match[1]} × 10{str(int(match[2])).translate(RAISED)}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def copy_mathjax(app: Sphinx) -> None:
    """Copy the one script and its fonts: a fifteenth of the package, and all that these pages load."""
    package = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static")))
    static = Path(app.outdir, "_static")
    (static / MATHJAX).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package / MATHJAX, static / MATHJAX)
    shutil.copytree(package / FONTS, static / FONTS, dirs_exist_ok=True)


def fold_code(app: Sphinx, docname: str, source: list[str]) -> None:
    """Fold the input of every code cell whose tags do not decide otherwise."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        tags = cell["metadata"].setdefault("tags", [])
        what = next((BEHIND[tag] for tag in tags if tag in BEHIND), "the code")
        if cell["cell_type"] == "code" and {"others", "mine"} & {*tags}:
            cell["metadata"]["mystnb"] = {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}
            tags += ["remove-input", "hide-output"]
        elif cell["cell_type"] == "code" and DECIDED.isdisjoint(tags):
            cell["metadata"]["mystnb"] = {
                "code_prompt_show": f"Show {what}",
                "code_prompt_hide": f"Hide {what}",
            }
            tags.append("hide-input")
    source[0] = json.dumps(notebook)


def lead_to_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Let links of what a cell showed lead to the chapter alone where it has no such figure, as with few data sets."""
    shown: dict[str, str] = {}

    def mend(match: re.Match[str]) -> str:
        chapter, figure = match.groups()
        if chapter not in shown:
            path = Path(app.env.srcdir, "chapters", f"{chapter}.ipynb")
            app.env.note_dependency(str(path))
            shown[chapter] = path.read_text(encoding="utf-8") if path.is_file() else ""
        there = f'id=\\"{figure}\\"' in shown[chapter]  # as a notebook writes it
        return match[0] if there else f'href="{chapter}.html"'

    for raw in list(doctree.findall(nodes.raw)):
        if FIGURE_LINK.search(raw.astext()):
            text = FIGURE_LINK.sub(mend, raw.astext())
            raw.replace_self(nodes.raw(text, text, **raw.non_default_attributes()))


def leave_out_dead_states(app: Sphinx, doctree: nodes.document) -> None:
    """Take out links to the explorer in a state that it cannot show: its networks are not published, or it has not run.

    In what a cell showed a link is a part of a text; in prose it is three nodes: an opening tag, words, a closing tag.
    """
    found = [raw for raw in doctree.findall(nodes.raw) if LIVE_LINK.search(raw.astext())]
    if not found:
        return
    app.env.note_dependency(str(Path(app.env.srcdir, EXPLORER)))
    known = _states(Path(app.env.srcdir, EXPLORER))

    def keep(match: re.Match[str]) -> str:
        return match[0] if int(match[2]) in known.get(match[1], ()) else ""

    for raw in found:
        text = LIVE_LINK.sub(keep, raw.astext())
        if not text:
            words = raw.next_node(siblings=True, descend=False)
            closing = words and words.next_node(siblings=True, descend=False)
            for node in filter(None, (words, closing)):
                node.parent.remove(node)
            raw.parent.remove(raw)
        elif text != raw.astext():
            raw.replace_self(nodes.raw(text, text, **raw.non_default_attributes()))


def _states(notebook: Path) -> dict[str, list[int]]:
    """The n_train of each data set that the explorer has networks of which are told sigma."""
    text = notebook.read_text(encoding="utf-8") if notebook.is_file() else '{"cells": []}'
    shown = [
        "".join(output.get("data", {}).get("text/html", ""))
        for cell in json.loads(text)["cells"]
        for output in cell.get("outputs", [])
    ]
    data = re.search(r'lowdiff-explorer.*?<script type="application/json">(.*?)</script>', "".join(shown), re.S)
    return {scene["name"]: scene["arms"]["told"]["sizes"] for scene in json.loads(data[1])["scenes"]} if data else {}


def set_options(app: Sphinx, config: Config) -> None:
    """Point to the local MathJax; show the buttons that lead to the repository if its address is known."""
    config.mathjax_path = MATHJAX
    options: dict[str, Any] = config.html_theme_options
    known = bool(options.get("repository_url"))
    for button in ("use_repository_button", "use_issues_button", "use_edit_page_button"):
        options[button] = known
    options["launch_buttons"] = {
        "binderhub_url": "https://mybinder.org" if known else "",
        "colab_url": "https://colab.research.google.com" if known else "",
        "notebook_interface": "jupyterlab",
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("finding", Finding)
    app.add_directive("data-table", DataTable)
    app.connect("config-inited", set_options)
    app.connect("builder-inited", copy_mathjax)
    app.connect("source-read", fold_code)
    app.connect("doctree-read", lead_to_figures)
    app.connect("doctree-read", leave_out_dead_states)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
