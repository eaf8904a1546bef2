"""All that the pages are made of, as one hash: while it stays, there is nothing to stage and nothing to build."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lowdiff_lib import __version__
from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.fingerprint import source_hash
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.book import chapters, reads
from lowdiff_lib.book.executed import package_versions, record_path

TOP = ("_config.yml", "_toc.yml", "CITATION.cff")
PAGES = (".md", ".ipynb", ".rst")
ENDINGS = ("", *PAGES)  # that a page of the table of contents may have


def digest(executed: Mapping[str, Path | None]) -> str:
    """Hash of texts, executed notebooks, data, library and versions. executed: as `stage.stage` has it."""
    return storage.digest(
        {
            "files": {str(file): storage.sha256(file) for file in _files(executed) if file.is_file()},
            "data": dict(reads.data_state()),
            "library": source_hash(),
            "versions": package_versions() | {"lowdiff": __version__, "commit": provenance()["commit"]},
        }
    )


def _files(executed: Mapping[str, Path | None]) -> Iterator[Path]:
    root = paths.root()
    yield from (root / name for name in TOP)
    yield from (root / f"{page}{ending}" for page in chapters.toc_files() for ending in ENDINGS)
    for notebook in filter(None, executed.values()):
        yield from (notebook, record_path(notebook))
    yield from (file for file in (root / "book").rglob("*") if "__pycache__" not in file.parts)
    yield from (paths.data() / "trust").glob("*.csv")
