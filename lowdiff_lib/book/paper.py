"""The book on paper: its pages one after the other in one page, which Chromium prints; figures stay vectors.

`python -m lowdiff_lib.book.paper` makes `_build/book.pdf` from the pages that were built, without the network.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 600
# On paper a link to a page of the book is one within it, a page begins on a new sheet, and all is as on a light screen.
STYLE = """
<style>
  body { margin: 0; } article.bd-article { break-before: page; padding: 0 !important; max-width: 46rem; margin: auto; }
  article.bd-article:first-of-type { break-before: auto; }
  a.headerlink, .lowdiff-source :is(a, button), .lowdiff-cite, .copybtn, .sd-dropdown { display: none; }
</style>"""


def pdf() -> Path:
    """Print the pages of `_toc.yml`, in their order. Raises LowdiffError without pages or without a Chromium."""
    html, target = paths.build() / "html", paths.build() / "book.pdf"
    browser = os.environ.get("LOWDIFF_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser:
        raise LowdiffError("no Chromium is installed: apt-get install chromium, or set LOWDIFF_CHROMIUM to one")
    names = [name for name in chapters.toc_files() if (html / f"{name}.html").is_file()]
    if not names:
        raise LowdiffError(f"there are no pages in {html}; make them first: lowdiff build")
    whole = html / "book.html"  # beside the pages, whose style and scripts it uses
    whole.write_text(one_page(html, names), encoding="utf-8")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as profile:
        quiet = ["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", *root]
        to = [f"--print-to-pdf={target}", "--no-pdf-header-footer", "--virtual-time-budget=60000"]
        command = [browser, *quiet, f"--user-data-dir={profile}", *to, whole.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise LowdiffError(f"{browser} did not print {whole} within {SECONDS} seconds; print that page") from None
        finally:
            whole.unlink()
    if done.returncode or not target.is_file():
        raise LowdiffError(f"{browser} did not print the book: {done.stderr.strip()[-500:]}")
    return target


def one_page(html: Path, names: list[str]) -> str:
    """The articles of some pages as one: ids and the links to them with the page's name before them."""
    first = (html / f"{names[0]}.html").read_text(encoding="utf-8")
    head = first[: first.index("</head>")].replace("../_static/", "_static/")
    articles = [_article((html / f"{name}.html").read_text(encoding="utf-8"), name, names) for name in names]
    scripts = "".join(re.findall(r"<script[^>]*mathjax[^>]*></script>", first)).replace("../_static/", "_static/")
    scripts = "" if scripts and scripts in head else scripts
    return f'{head}{STYLE}{scripts}</head>\n<body data-theme="light">\n' + "\n".join(articles) + "\n</body></html>\n"


def _article(page: str, name: str, names: list[str]) -> str:
    """What is read of a page, to stand beside others."""
    start = page.index('<article class="bd-article"')
    text = page[start : page.index("</article>", start) + len("</article>")]
    text = re.sub(r"<script\b.*?</script>", "", text, flags=re.S)
    mark = name.replace("/", "-")
    text = re.sub(r'\b(id|for|aria-describedby)="([^"]+)"', rf'\1="{mark}--\2"', text)
    text = re.sub(r"url\(#", f"url(#{mark}--", text)
    text = re.sub(r'((?:xlink:)?href)="#([^"]*)"', rf'\1="#{mark}--\2"', text)
    folder = Path(name).parent

    def link(match: re.Match[str]) -> str:
        target, _, anchor = match[1].partition("#")
        page = os.path.normpath(folder / target).removesuffix(".html").replace(os.sep, "-")
        if page not in {each.replace("/", "-") for each in names}:
            return ""
        return f'href="#{page}--{anchor}"' if anchor and "=" not in anchor else f'href="#{page}"'  # with "=": a state

    text = re.sub(r'href="(?!#|https?:|mailto:|data:)([^"]+)"', link, text)
    text = text.replace('src="../', 'src="')
    return text.replace("<article ", f'<article id="{mark}" ', 1)


if __name__ == "__main__":
    try:
        print(f"The book: {pdf()}")
    except LowdiffError as error:
        sys.exit(str(error))
