"""What the page "Use it in your own work" shows is run, and gives what is published."""

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PAGE, README = ((ROOT / path).read_text() for path in ("book/use-it.md", "README.md"))


def programs(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, re.S)


def test_ten_lines_load_tables_networks_and_the_truth(capsys):
    code = programs(PAGE)[0]
    lines = [line for line in code.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(lines) <= 10
    there: dict = {}
    exec(code, there)
    table = there["table"]
    published = table[(table.dataset == "spiral") & (table.n_train == 1000) & (table.sigma == 0.1)]

    def value(metric: str, who: str) -> float:
        return float(published[(published.metric == metric) & (published.who == who)].value.mean())

    assert there["cosine"] == pytest.approx(value("residual_cosine", "A-B"), abs=0.1)  # of other noise
    assert there["error"] == pytest.approx(value("relative_score_error", "A"), rel=0.5)
    assert there["ideal"].shape == there["y"].shape
    assert re.match(r"A and B: 0\.\d\d; error of A: 0\.\d+; A, ideal: 0\.\d\d\n", capsys.readouterr().out)


def test_the_readme_shows_the_same_lines():
    assert programs(README) == programs(PAGE)[:1]


def test_own_portraits_are_a_folder(tmp_path, monkeypatch):
    from lowdiff_lib.datasets.faces import load_faces

    monkeypatch.setenv("LOWDIFF_CACHE", str(tmp_path / "cache"))
    (tmp_path / "portraits").mkdir()
    for index, pixels in enumerate(load_faces("faces", 40).images[::10]):
        Image.fromarray(pixels).save(tmp_path / "portraits" / f"{index}.png")
    monkeypatch.chdir(tmp_path)
    there: dict = {}
    exec(programs(PAGE)[1], there)
    assert there["denoised"].shape == (10, 1, 20, 20)
    exec(programs(PAGE)[2], there)
    before = (there["y"] - there["x"]).square().mean()
    for cleaned in (there["cleaned"], there["guessed"]):  # of other people, by another camera
        assert (cleaned - there["x"]).square().mean() < 0.6 * before
