"""A chapter to start from: `lowdiff new`. It is in the table of contents and builds as it is."""

import re
from itertools import takewhile
from pathlib import Path

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters

TEMPLATE = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# {title}

*What is asked here, in full, so that a reader knows what the answer is about?*

```{{code-cell}} ipython3
:tags: [parameters]

mixture = "spiral"    # the density to look at; one of the mixtures
sigmas = [0.01, 0.1]  # noise levels in data units, each above 0
n_points = 200        # points at which the score is taken, at least 1
```

The library computes, prose explains. Here: how long the exact score is, for the noise levels above.

```{{code-cell}} ipython3
import pandas as pd

from lowdiff_lib.datasets import mixtures

density = mixtures.mixture(mixture)
points, _ = mixtures.mixture_samples(mixture, "held-out", n_points)
lengths = [density.score(points, sigma).norm(dim=1).mean().item() for sigma in sigmas]
pd.DataFrame({{"sigma": sigmas, "mean length of the score": lengths}})
```
"""


def add_chapter(name: str, title: str | None = None) -> Path:
    """Write `chapters/NAME.md` and add it to `_toc.yml`, after the chapters and before what is about the book.

    Raises LowdiffError.
    """
    name = name.removeprefix("chapters/").removesuffix(".md")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise LowdiffError(f"{name!r} cannot name a chapter; use lower case, digits and hyphens, as in my-question")
    path = paths.chapters() / f"{name}.md"
    if path.exists():
        raise LowdiffError(f"{path} exists; choose another name, or edit it")
    contents = paths.root() / "_toc.yml"
    listed = name in chapters.names()
    lines = contents.read_text(encoding="utf-8").splitlines(keepends=True)
    pages = [number for number, line in enumerate(lines) if re.match(r"\s*- file: ", line)]
    places = list(takewhile(lambda number: "file: chapters/" in lines[number], pages))
    places = places or [number for number in pages if "file: chapters/" in lines[number]]
    if not listed and not places:
        raise LowdiffError(f"{contents} has no line `- file: chapters/...` to go after; add one by hand")
    heading = " ".join((title or name.replace("-", " ").capitalize()).split())
    storage.write_if_changed(path, TEMPLATE.format(title=heading).encode())
    if not listed:
        start = re.match(r"\s*- file: ", lines[places[-1]])[0]  # type: ignore[index]
        lines.insert(places[-1] + 1, f"{start}chapters/{name}\n")
        storage.write_if_changed(contents, "".join(lines).encode())
    return path
