"""One page of the whole book: no id is there twice, links stay within it, pictures keep their bytes."""

import re

from lowdiff_lib.book import paper

PAGE = """<html><head><link href="../_static/lowdiff.css"></head><body><nav><a href="x.html">menu</a></nav>
<article class="bd-article">
<h1 id="top">{title}</h1>
<a href="second.html#top">second</a> <a href="../book/about.html">about</a>
<a href="gone.html">gone</a> <a href="#top">up</a>
<a href="https://arxiv.org/abs/2506.07841">paper</a>
<svg><defs><path id="p"/></defs><use xlink:href="#p"/><g clip-path="url(#p)"/>
<image xlink:href="data:image/png;base64,AA"/></svg>
<script>never()</script>
</article></body></html>"""
NAMES = ["chapters/first", "chapters/second", "book/about"]


def whole(tmp_path) -> str:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.html").write_text(PAGE.format(title=name))
    return paper.one_page(tmp_path, NAMES)


def test_pages_stand_one_after_the_other_without_their_menus(tmp_path):
    page = whole(tmp_path)
    assert [page.index(f">{name}</h1>") for name in NAMES] == sorted(page.index(f">{name}</h1>") for name in NAMES)
    assert "menu" not in page
    assert "never()" not in page
    assert 'href="_static/lowdiff.css"' in page


def test_every_link_within_it_leads_to_something_that_is_there_once(tmp_path):
    page = whole(tmp_path)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'href="#([^"]+)"', page) + re.findall(r"url\(#([^)]+)\)", page)
    assert len(targets) == 5 * len(NAMES) - 1  # from the last there is no second.html beside it
    assert set(targets) <= set(ids)
    assert "gone.html" not in page
    assert page.count("https://arxiv.org") == page.count("data:image/png;base64,AA") == len(NAMES)
