"""`make screenshots`: a picture of every page of `_build/html`, at two widths and in two themes."""

import sys

from browsing import browser, pages

from lowdiff_lib.base import paths


def main() -> None:
    html, out = paths.build() / "html", paths.build() / "screenshots"
    if not html.is_dir():
        sys.exit(f"{html} is not there: run `make book` first")
    out.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for page_path in pages(html):
            for theme in ("light", "dark"):
                for width in (1280, 390):
                    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
                    page.goto((html / page_path).as_uri(), wait_until="networkidle")
                    name = page_path.removesuffix(".html").replace("/", "-")
                    page.screenshot(path=out / f"{name}-{theme}-{width}.png", full_page=True)
                    page.close()
            print(page_path)
    print(f"pictures in {out}")


if __name__ == "__main__":
    main()
