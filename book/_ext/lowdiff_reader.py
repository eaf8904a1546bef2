"""What a reader expects of a book that computes.

- At the foot of every page: version and commit.
- At the end of every chapter: how to run it again, with the code that the page begins with. Question, answer and
  picture come first.
- `{cite-this}`: how to cite the book, from CITATION.cff.
- The files that figures offer for download, and the scripts that some pages need, only there; nothing twice.
- What a word of the glossary means, where the word is used; what the next page asks, in the link to it.
"""

import filecmp
import html
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import nbformat
import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

FILES = "files"  # staged; what is in it goes to the top of the pages
SCRIPTS = {  # by the class that a page must have
    "lowdiff-explorer": (
        *("networks.js", "truth.js"),
        *(f"explorer-{part}.js" for part in ("state", "say", "draw", "form", "guess", "faces")),
        "explorer.js",
    ),
    "lowdiff-curve": ("curves.js",),
    "lowdiff-axes": ("curves.js",),  # panels, which a narrow page has one below the other
}
SIGNS = {r"\sigma": "σ", r"\nabla": "∇", r"\mid": "|", r"\log": "log", r"\cdot": "·"}
RERUN = """
`````{{admonition}} Run this chapter again
:class: lowdiff-rerun

```{{code-block}} console
$ .venv/bin/lowdiff run {name}{profile} --output mine.ipynb
```

{ran}Other values: add `-p NAME VALUE` for any parameter{example}. {{doc}}`../book/rerun` has the rest.

````{{dropdown}} Parameters, and the code that comes before the first picture
```{{code-block}} python
{code}
```
````
`````
"""
DATA = "application/vnd.lowdiff.figure+json"  # what a figure brings along, which no page shows
PUBLISHED = "published"  # the profile of a page that shows what is published: the usual one, of which nothing is said


def stamp(app: Sphinx, config: Config) -> None:
    """Version and commit, as the staging wrote them down."""
    path = Path(app.confdir, "stamp.json")
    if not path.is_file():
        return
    about = json.loads(path.read_text(encoding="utf-8"))
    commit = about["commit"].removesuffix("-dirty")
    words = [f"lowdiff {about['version']}"]
    if commit != "unknown":
        text = f"commit {commit[:7]}"
        url = config.html_theme_options.get("repository_url")
        words.append(f'<a href="{url}/commit/{commit}">{text}</a>' if url else text)
        words[-1] += " with local changes" if about["commit"].endswith("-dirty") else ""
    config.html_theme_options["extra_footer"] = f'<p class="lowdiff-stamp">{" · ".join(words)}</p>'


def add_rerun(app: Sphinx, docname: str, source: list[str]) -> None:
    """End a chapter with the command that runs it again, with what it was run with, and with its set-up.

    A code cell that shows nothing is no row of the page, and neither is the code of a sentence; that of a figure is.
    """
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    about = notebook["metadata"].get("lowdiff", {})
    again = about.get("profile") not in (None, PUBLISHED)
    profile = f" --profile {about['profile']}" if again else ""
    ran = f"This page shows the profile `{about['profile']}`. " if again else ""
    if about.get("profile") == PUBLISHED:
        ran = "This page shows what is published; `--profile quick` shows yours, of small networks. "
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    code = "".join(tagged[0]["source"]) if tagged else ""
    values = {m[1]: m[2] for m in re.finditer(r"^(\w+)[^=\n]*= *([^#\n]*?) *(?:#|$)", code, re.M) if m[1] != "profile"}
    values = {name: value.strip('"') for name, value in values.items() if value not in ("[]", "0")}
    example = next((f", such as `-p {name} {shlex.quote(value)}`" for name, value in values.items()), "")
    silent = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and not _shows(cell)]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and _forms(cell) == {"text/markdown"}:
            cell["metadata"].setdefault("tags", []).append("remove-input")
    answers = [cell for cell in notebook["cells"] if "finding" in cell["metadata"].get("tags", [])]
    begins = [cell for cell in notebook["cells"] if cell in silent or cell in answers]
    setup = "\n\n".join("".join(cell["source"]) for cell in begins)
    if silent and any(
        _shows(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"
    ):  # else: it was not run
        notebook["cells"] = [cell for cell in notebook["cells"] if cell not in silent]
    if docname == app.env.config.master_doc:  # the first page has the answer, and this folded
        text = RERUN.replace("{{admonition}}", "{{dropdown}}").replace(":class: lowdiff-rerun\n", "")
    else:
        text = RERUN
    text = text.format(name=docname.rpartition("/")[2], profile=profile, ran=ran, example=example, code=setup)
    notebook["cells"].append({"cell_type": "markdown", "id": "rerun", "metadata": {}, "source": text})
    source[0] = json.dumps(notebook)


def _shows(cell: dict) -> bool:
    """Whether a cell has something for a page: its code, if that is to be seen, or an output that is not empty."""
    return "show-input" in cell["metadata"].get("tags", []) or bool(_forms(cell))


def _forms(cell: dict) -> set[str]:
    """The forms in which the outputs of a cell are on a page: text/markdown, text/html, or text.

    Empty ones do not count.
    """
    found = set()
    for output in cell.get("outputs", []):
        forms = {form: "".join(text) for form, text in output.get("data", {}).items() if form != DATA}
        plain = forms.pop("text/plain", "")
        found |= {form for form, text in forms.items() if text} | ({"text/plain"} if plain and not forms else set())
        found |= {"text"} if output.get("text") or output.get("output_type") == "error" else set()
    return found


class CiteThis(SphinxDirective):
    """How to cite this book, as BibTeX made from CITATION.cff."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.app.confdir, "CITATION.cff")
        self.env.note_dependency(str(path))
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
        url = self.env.app.config.html_theme_options.get("repository_url")
        names = " and ".join(
            each["name"] if "name" in each else f"{each['family-names']}, {each['given-names']}"
            for each in about["authors"]
        )
        fields = {"title": about["title"], "author": f"{{{names}}}", "version": about["version"]}
        fields |= {"year": str(self.env.app.config.copyright or "")[:4], "license": about["license"]}
        fields |= {"url": url} if url else {}
        lines = ["@software{lowdiff,", *(f"  {key} = {{{value}}}," for key, value in fields.items() if value), "}"]
        code = nodes.literal_block("\n".join(lines), "\n".join(lines), language="bibtex")
        return [code]


def copy_files(app: Sphinx, exception: Exception | None) -> None:
    """Bring the files that figures offer to the pages, and take away those that are no longer staged."""
    source, target = Path(app.srcdir, FILES), Path(app.outdir)
    if exception or not source.is_dir():
        return
    staged = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for folder in source.iterdir():
        for old in (target / folder.name).rglob("*"):
            if old.is_file() and old.relative_to(target) not in staged:
                old.unlink()
    for path in staged:
        if (target / path).is_file() and filecmp.cmp(source / path, target / path, shallow=False):
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, target / path)


def keep_light(app: Sphinx, exception: Exception | None) -> None:
    """Take out what is there twice, or for nobody: a third of the book.

    A notebook to download is there to be run, and its page has the outputs. The theme brings maps of its scripts, the
    script of its icons, which no page loads (`_templates/layout.html`), its fonts a second time for old browsers, and
    its own words in forty languages.
    """
    for notebook in Path(app.outdir, "_sources").rglob("*.ipynb"):
        content = nbformat.read(notebook, nbformat.NO_CONVERT)
        shown = [cell for cell in content.cells if cell.get("outputs")]
        for cell in shown:
            cell.outputs = []
        if shown:
            nbformat.write(content, notebook)
    for unread in ("*.map", "fontawesome.js", "*.ttf", "locales/*/*/*.[mp]o"):
        for file in Path(app.outdir, "_static").rglob(unread):
            file.unlink()


def add_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    """Load a script on the pages that have what it moves."""
    raw = [node.astext() for node in doctree.findall(nodes.raw)] if doctree is not None else []
    wanted = [script for name, scripts in SCRIPTS.items() if any(name in text for text in raw) for script in scripts]
    for script in dict.fromkeys(wanted):
        app.add_js_file(script, loading_method="defer")


def point_to_sources(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Let buttons lead to what is in the repository: a chapter is text there, and a notebook beside it elsewhere."""
    name = pagename.rpartition("/")[2]

    def mend(buttons: list[dict]) -> None:
        for button in buttons:
            mend(button.get("buttons", []))
            for key in ("url",) if "url" in button else ():
                if "/edit/" in button[key]:
                    button[key] = button[key].replace(f"{pagename}.ipynb", f"{pagename}.md")
                elif "mybinder.org" in button[key]:
                    button[key] = button[key].replace(f"{pagename}.ipynb", f"notebooks/{name}.ipynb")
                elif "colab" in button[key]:  # what the deployment puts on a branch of its own
                    before, _, _ = button[key].partition("/blob/")
                    button[key] = f"{before}/blob/notebooks/{name}.ipynb"

    if pagename.startswith("chapters/"):
        mend(context.get("header_buttons", []))


def ask_next(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """Let the links to the pages before and after say what those pages ask: the line below their title."""
    around = getattr(app.builder, "relations", {}).get(pagename)
    for link, page in zip(("prev", "next"), around[1:] if around else (), strict=False):
        if page and context.get(link):
            first = next((p for p in app.env.get_doctree(page).findall(nodes.paragraph)), None)
            if first is not None and len(first) == 1 and isinstance(first[0], nodes.emphasis):
                question = f'<span class="lowdiff-question">{html.escape(_plain(first))}</span>'
                context[link] = context[link] | {"title": context[link]["title"] + question}


def mend_lists(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: Any) -> None:
    """The list of citations calls itself one but has no items that call themselves so; then it is none."""
    if "body" in context:
        context["body"] = context["body"].replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


# ---- words of the glossary ----


def note_glossary(app: Sphinx, doctree: nodes.document) -> None:
    """Make a page again if it uses a word of the glossary and the glossary changed."""
    if any(node.get("reftype") == "term" for node in doctree.findall(addnodes.pending_xref)):
        for docname in ("book/glossary",):
            if docname in app.env.found_docs:
                app.env.note_dependency(app.env.doc2path(docname))


def explain_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each link to a word its meaning as a title; `lowdiff.js` shows it on hover, on focus and on touch."""
    for reference in doctree.findall(nodes.reference):
        target = (reference.get("refuri", "").partition("#")[2] or reference.get("refid", "")).lower()
        if target.startswith("term-") and (meaning := _meanings(app).get(target)):
            reference["reftitle"] = meaning


def _meanings(app: Sphinx) -> dict[str, str]:
    """What each word means, in one sentence or two, by the word's anchor."""
    if not hasattr(app, "lowdiff_meanings"):
        found: dict[str, str] = {}
        pages = ["book/glossary"] if "book/glossary" in app.env.found_docs else []
        for item in (i for page in pages for i in app.env.get_doctree(page).findall(nodes.definition_list_item)):
            definition = next(item.findall(nodes.definition), None)
            ids = [name for term in item.findall(nodes.term) for name in term["ids"]]
            if definition is not None and len(definition):
                found |= {name.lower(): _plain(definition[0]) for name in ids}
        app.lowdiff_meanings = found  # type: ignore[attr-defined]
    return app.lowdiff_meanings  # type: ignore[attr-defined]


def _plain(paragraph: nodes.Element) -> str:
    """Text without markup; formulas in signs that a line of text has; citations left out."""
    copy = paragraph.deepcopy()
    for node in list(copy.findall(addnodes.pending_xref)):
        if node.get("refdomain") == "cite":
            node.parent.remove(node)
    for formula in list(copy.findall(nodes.math)):
        text = formula.astext()
        for sign, plain in SIGNS.items():
            text = text.replace(sign, plain)
        text = re.sub(r"\\[a-z]+\{(\w)\}", r"\1", text)
        formula.parent.replace(formula, nodes.Text(re.sub(r"\\,|[\\{}]", "", text)))
    return re.sub(r"\s+", " ", copy.astext()).replace(" .", ".").strip()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("cite-this", CiteThis)
    app.connect("config-inited", stamp)
    app.connect("source-read", add_rerun)
    app.connect("doctree-read", note_glossary)
    app.connect("doctree-resolved", explain_terms)
    app.connect("html-page-context", add_scripts)
    app.connect("html-page-context", ask_next)
    app.connect("html-page-context", mend_lists)
    app.connect("html-page-context", point_to_sources, priority=900)
    app.connect("build-finished", copy_files)
    app.connect("build-finished", keep_light)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
