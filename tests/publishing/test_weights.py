"""Published weights are the trained ones, give the published tables again, and cannot change unnoticed."""

import base64
import copy
import dataclasses
import functools
import http.server
import json
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError, NotAsPublished
from lowdiff_lib.base.storage import write_record
from lowdiff_lib.book import downloads
from lowdiff_lib.cli import main
from lowdiff_lib.experiments import catalog, faces, published
from lowdiff_lib.experiments.mixtures import GRID
from lowdiff_lib.models import weights
from lowdiff_lib.publishing import again, people, publish, remeasure
from lowdiff_lib.publishing import weights as publishing
from lowdiff_lib.tables import COLUMNS
from lowdiff_lib.training import runs, sweep

NAME = "spiral/told-100-A"


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "data"


@pytest.fixture
def trained(store, data) -> Path:
    """The told networks of the smoke profile (spiral, N = 10 and 100), in the store; the data folder is empty."""
    sweep.ensure([spec for case in GRID.cases("smoke", "told") for spec in case.runs.values()], workers=1)
    return data


@pytest.fixture
def here(trained) -> Path:
    publishing.publish("smoke", ["told"])
    return trained


def flip(path: Path) -> None:
    found = bytearray(path.read_bytes())
    found[len(found) // 2] ^= 1
    path.write_bytes(found)


def test_a_published_network_is_the_trained_one_in_half_precision(here):
    (case,) = [case for case in GRID.cases("smoke", "told") if case.spec.n_train == 100]
    y = torch.randn(500, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for who in published.ROLES:
        mine, trained = weights.load("spiral", "told", 100, who), runs.load(case.runs[who])
        torch.testing.assert_close(mine(y, 0.5), trained(y, 0.5), atol=2e-3, rtol=0)
        entry = weights.record()["files"][weights.name_of("spiral", "told", 100, who)]
        assert weights.spec_of(entry) == case.runs[who]
        assert entry["run"] == runs.key(case.runs[who])
        assert entry["weights"] == runs.read(case.runs[who])["weights_sha256"]
        assert {"date", "made_by", "commit", "versions"} <= entry["trained"].keys()


def test_tables_come_out_of_published_weights_again(here, capsys):
    publish.publish("parting", "smoke", ["told"], allow_small=True)
    assert main(["verify", "--retrain", "0"]) == 0
    said = capsys.readouterr().out
    assert "weights: 6 networks" in said
    assert "measured again from published weights, without training: 2 of 2 cases, 396 values, 396 of them" in said


def test_a_table_that_weights_do_not_give_is_named(here, capsys):
    publish.publish("parting", "smoke", ["told"], allow_small=True)
    record = copy.deepcopy(weights.record())
    first, second = record["files"][NAME], record["files"]["spiral/told-10-A"]
    first["weights"], second["weights"] = second["weights"], first["weights"]  # each now claims to be the other
    write_record(weights.path_of_record(), record)
    assert main(["verify", "--retrain", "0"]) == 1
    assert "measured again from published weights" in capsys.readouterr().err


@pytest.mark.slow
def test_half_precision_moves_no_printed_digit_of_what_is_published():
    """Of every value of the mixture tables that the weights in this repository give; the limit is that of `verify`."""
    from lowdiff_lib.tables import manifest

    _, wrong, there = remeasure.check_files()
    entries = {name: manifest.find(name).entry for name in manifest.names()}
    again, more = remeasure.measure_again(entries, there, seconds=600)
    assert wrong + more == []
    assert "measured again" in again[0]


def test_one_flipped_byte_is_noticed_and_named(here, capsys):
    flip(weights.path(NAME))
    with pytest.raises(NotAsPublished, match=r"told-100-A.safetensors is not what was published"):
        weights.load("spiral", "told", 100)
    assert weights.load("spiral", "told", 100, "B")
    assert main(["verify", "--retrain", "0"]) == 1
    assert f"{weights.path(NAME)} is not what was published" in capsys.readouterr().err


def test_a_page_is_not_given_a_network_that_is_another(here):
    about = {"networks": {NAME: weights.record()["files"][NAME]["sha256"]}}
    ((script, content),) = downloads._scripts(about)
    assert script == f"files/weights/{NAME}.js"
    assert base64.b64decode(content.split(b'"')[3]) == weights.path(NAME).read_bytes()
    flip(weights.path(NAME))
    with pytest.raises(NotAsPublished, match=r"told-100-A.safetensors is not the network that the page was made with"):
        list(downloads._scripts(about))


def test_a_network_in_the_place_of_another_is_noticed(here):
    shutil.copy(weights.path("spiral/told-100-B"), weights.path(NAME))
    with pytest.raises(NotAsPublished, match="is not what was published"):
        weights.load("spiral", "told", 100)


def test_an_edited_record_is_noticed(here):
    text = weights.path_of_record().read_text()
    weights.path_of_record().write_text(text.replace('"n_train": 100', '"n_train": 101', 1))
    with pytest.raises(NotAsPublished, match="damaged or was edited"):
        weights.load("spiral", "told", 100)


def test_missing_and_stray_files_are_named(here, capsys):
    weights.path(NAME).rename(weights.path("spiral/told-7-A"))
    assert main(["verify", "--retrain", "0"]) == 1
    said = capsys.readouterr().err
    assert f"the weights of {NAME} are not in" in said
    assert "told-7-A.safetensors is in no record" in said


def test_what_is_not_published_is_said_with_what_is(here):
    with pytest.raises(LowdiffError, match="n_train is one of 10, 100, who one of A, B, twin"):
        weights.load("spiral", "told", 77)
    with pytest.raises(LowdiffError, match="there are: spiral told"):
        weights.load("uniform", "told", 10)


def test_only_what_is_in_the_store_is_published(store, data, capsys):
    assert main(["publish", "weights", "--data", "uniform", "--size", "7"]) == 2
    assert "no whole network is in" in capsys.readouterr().err
    assert not weights.path_of_record().exists()
    assert main(["publish", "weights", "--profile", "smoke"]) == 2


# ---- faces ----


@pytest.fixture
def of_faces(store, data, monkeypatch) -> Path:
    """The smoke networks of the AT&T faces, N = 10, in the store; the data folder is empty."""
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    (case,) = faces.GRID.cases("smoke", "told", ["faces"], [10], 1)
    sweep.ensure(list(case.runs.values()), workers=1)
    return data


def test_face_networks_that_make_no_copies_are_published_with_their_terms(of_faces, capsys):
    written = publishing.publish("smoke", ["told"], ["faces"], [10])
    assert [path.stem for path in written] == ["told-10-A", "told-10-B"]
    entry = weights.record()["files"]["faces/told-10-A"]
    assert (
        "credit AT&T Laboratories Cambridge; none of 64 pictures that it made of noise is more like" in entry["terms"]
    )
    assert entry["precision"] == "float32"  # no table was measured of it, so nobody can tell what half of the bits move
    (case,) = faces.GRID.cases("smoke", "told", ["faces"], [10], 1)
    y = torch.rand(3, 1, 20, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert weights.load("faces", "told", 10)(y, 0.1).equal(runs.load(case.runs["A"])(y, 0.1))
    with pytest.raises(LowdiffError, match="n_train is one of 10, who one of A, B"):
        weights.load("faces", "told", 10, "twin")
    assert main(["verify", "--retrain", "0"]) == 0


def test_half_of_the_bits_are_kept_where_a_table_was_measured_and_comes_out_again(of_faces):
    publish.publish("face_blindness", "smoke", ["told"], ["faces"], [10], 1, allow_small=True)
    publishing.publish("smoke", ["told"], ["faces"], [10])
    assert weights.record()["files"]["faces/told-10-B"]["precision"] == "float16"


def test_a_face_network_that_makes_copies_is_not_published(of_faces, monkeypatch, capsys):
    (case,) = faces.GRID.cases("smoke", "told", ["faces"], [10], 1)
    bench = faces.FaceBench(case)
    shown = bench.seen().repeat(7, 1, 1, 1)[: people.TRIED]
    monkeypatch.setattr(people, "sample", lambda model, spec, start: shown)  # as one that knows its faces by heart
    assert (
        main(["publish", "weights", "--profile", "smoke", "--allow-small", *["--data", "faces", "--arm", "told"]]) == 2
    )
    assert "it makes copies of its training faces, or nearly, so it may not be passed on" in capsys.readouterr().err
    assert not list(of_faces.rglob("*.safetensors"))


def test_networks_of_photographs_of_ones_own_are_not_published(store, data, tmp_path):
    with pytest.raises(LowdiffError, match="no data set whose networks may be passed on"):
        publishing.publish("smoke", ["told"], [str(tmp_path)], [10])


def test_git_has_room_for_so_much_and_no_more(trained, monkeypatch):
    monkeypatch.setattr(publishing, "ROOM", 300_000)
    with pytest.raises(LowdiffError, match=r"at most 0.3 MB of weights"):
        publishing.publish("smoke", ["told"])
    assert not list(trained.rglob("*.safetensors"))


def test_a_bench_of_published_weights_measures_what_a_trained_one_does(here):
    bench = published.bench("spiral", "told", 100)
    study = catalog.study("parting")
    (case,) = [case for case in GRID.cases("smoke", "told") if case.spec.n_train == 100]
    ours, theirs = (list(study.measure(each)) for each in (bench, GRID.bench(case)))
    assert [value[:3] for value in ours] == [value[:3] for value in theirs]
    assert published.sizes("spiral", "told") == [10, 100]


# ---- fetching ----


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with ranges; `cut` ends an answer after so many bytes, `elsewhere` sends on."""

    cut, elsewhere, asked = 0, "", []

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Range"))
        if self.elsewhere:
            self.send_response(302)
            self.send_header("Location", self.elsewhere)
            self.end_headers()
            return
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + self.cut] if self.cut else content[start:])

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path):
    """A folder that is served, the address, and the handler."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = type("Handler", (Server,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}/weights.zip", handler
        server.shutdown()


@pytest.fixture
def archive(trained, served) -> Path:
    """An archive of the networks, served; its networks are not here."""
    path = served[0] / "weights.zip"
    publishing.publish("smoke", ["told"], archive=path)
    assert not list(trained.rglob("*.safetensors"))
    return path


def networks(data: Path) -> int:
    return len(list(data.rglob("*.safetensors")))


def test_an_archive_is_the_same_bytes_whenever_it_is_made(archive, tmp_path):
    publishing.publish("smoke", ["told"], archive=tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_an_archive_is_fetched_from_an_address_or_a_file(archive, trained, served, capsys):
    with pytest.raises(LowdiffError, match=r"they are in weights.zip: lowdiff fetch"):
        weights.load("spiral", "told", 100)
    assert main(["fetch", served[1]]) == 0
    assert networks(trained) == 6
    assert weights.load("spiral", "told", 100)
    shutil.rmtree(trained / "weights" / "spiral")
    assert main(["fetch", str(archive)]) == 0
    assert networks(trained) == 6
    assert main(["verify", "--retrain", "0"]) == 0


def test_what_was_cut_goes_on_from_there(archive, trained, served, capsys):
    handler, size = served[2], archive.stat().st_size
    handler.cut = size // 3
    assert main(["fetch", served[1]]) == 1
    assert "bytes are kept, and the same command goes on from there" in capsys.readouterr().err
    assert networks(trained) == 0
    handler.cut = 0
    assert main(["fetch", served[1]]) == 0
    assert handler.asked[-1] == f"bytes={size // 3}-"
    assert networks(trained) == 6
    assert not list(trained.rglob("*.part"))


def test_another_file_is_refused(archive, trained, served, capsys):
    flip(archive)  # as large, but another
    assert main(["fetch", served[1]]) == 1
    assert "is not the archive that is published: its SHA-256 begins" in capsys.readouterr().err
    archive.write_bytes(b"<html>a page</html>")
    assert main(["fetch", served[1]]) == 1
    assert "is another file: it has 19 bytes" in capsys.readouterr().err
    assert main(["fetch", str(archive)]) == 1
    assert networks(trained) == 0


def test_a_redirect_to_another_host_is_refused(archive, trained, served, capsys):
    served[2].elsewhere = "http://localhost:9/weights.zip"
    assert main(["fetch", served[1]]) == 1
    assert "sends on to another host, http://localhost" in capsys.readouterr().err
    assert networks(trained) == 0


def test_no_server_no_file_and_no_archive_are_said_in_words(archive, trained, served, capsys):
    archive.unlink()
    for source, said in (
        (served[1], "answers 404"),
        ("http://127.0.0.1:9/weights.zip", "cannot be read"),
        ("nowhere/weights.zip", "there is no file"),
    ):
        assert main(["fetch", source]) == 1
        assert said in capsys.readouterr().err
    weights.path_of_record().unlink()
    assert main(["fetch", served[1]]) == 2
    assert "is no archive that is published; there are: none" in capsys.readouterr().err


def test_what_an_archive_holds_is_checked_network_by_network(archive, trained, capsys):
    record = json.loads(weights.path_of_record().read_text())
    record.pop("check")
    record["files"][NAME]["sha256"] = "0" * 64
    write_record(weights.path_of_record(), record)
    assert main(["fetch", str(archive)]) == 1
    assert f"{NAME} in weights.zip is not what was published" in capsys.readouterr().err
    assert not weights.path(NAME).is_file()


def test_the_spec_in_a_record_is_whole(here):
    for entry in weights.record()["files"].values():
        assert dataclasses.asdict(weights.spec_of(entry)).items() >= entry["spec"].items()


def test_a_metric_that_is_measured_only_since_is_not_compared_and_a_missing_value_is():
    rows = [(metric, sigma, 1.0) for metric in ("old", "since") for sigma in (0.1, 1.0)]
    fresh = pd.DataFrame(rows, columns=["metric", "sigma", "value"]).assign(
        dataset="spiral", dim=2, arm="told", n_train=10, step=8, objective="denoiser", repetition=0, who="A"
    )
    published = fresh[(fresh.metric == "old") & (fresh.sigma == 0.1)]
    found = again.beside(fresh[COLUMNS], published[COLUMNS])
    assert found.metric.tolist() == ["old", "old"]
    assert found.value_published.isna().tolist() == [False, True]
    assert len(again.beside(fresh[COLUMNS].assign(n_train=100), published[COLUMNS])) == 4
