"""Odd and hostile input: a file is read right, or named and left out, or the whole is refused."""

import io
import os
import pickle
import stat
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.datasets.photographs.pixels import Unreadable, decode, square


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_way_to_store_a_gray_picture_gives_the_same_pixels(photographs):
    gray = photographs[0]
    pixels = np.asarray(gray)
    deep = Image.fromarray(pixels.astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side
    stored = {
        "colour": encoded(gray.convert("RGB")),
        "with an alpha channel": encoded(gray.convert("LA")),
        "with colour and alpha": encoded(gray.convert("RGBA")),
        "palette": encoded(gray.convert("P")),
        "16 bits": encoded(deep),
        "16 bits, TIFF": encoded(deep, "TIFF"),
        "16 bits, PGM": b"P5 92 112 65535\n" + (pixels.astype(">u2") * 257).tobytes(),
        "PGM": encoded(gray, "PPM"),
        "BMP": encoded(gray, "BMP"),
        "lossless WebP": encoded(gray.convert("RGB"), "WEBP", lossless=True),
        "CMYK": encoded(gray.convert("RGB").convert("CMYK"), "TIFF"),
        "CMYK JPEG": encoded(gray.convert("RGB").convert("CMYK"), "JPEG", quality=98),
        "JPEG": encoded(gray, "JPEG", quality=98),
        "turned by EXIF": encoded(gray.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=98, exif=exif),
    }
    for what, data in stored.items():
        assert np.abs(decode(data).astype(float) - pixels).max() <= (8 if "JPEG" in what or "EXIF" in what else 1), what


@pytest.fixture(scope="session")
def bomb() -> bytes:
    """20,000 x 20,000 pixels in a few kilobytes."""
    return encoded(Image.new("1", (20_000, 20_000)), optimize=False)


def test_what_cannot_be_used_is_left_out_with_its_name_and_reason(folder, photographs, bomb):
    half = encoded(photographs[0], "JPEG")
    bad = {
        "text.jpg": (b"not a picture", "not an image"),
        "empty.jpg": (b"", "empty"),
        "half.jpg": (half[: len(half) // 2], "damaged"),
        "bomb.png": (bomb, "more than 50,000,000 pixels"),
        "dot.png": (encoded(Image.new("L", (1, 1))), "1 pixels across"),
        "thin.png": (encoded(Image.new("L", (900, 3))), "3 pixels across"),
        "blank.png": (encoded(Image.new("L", (92, 112), 77)), "blank"),
        "float.tif": (encoded(photographs[0].convert("F"), "TIFF"), "floating-point"),
        "script.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", "not an image"),
        "pickle.jpg": (pickle.dumps(photographs[0]), "not an image"),
    }
    for name, (content, _) in bad.items():
        (folder / name).write_bytes(content)
    (folder / "folder.jpg").mkdir()
    (folder / "nowhere.jpg").symlink_to(folder / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")
    (folder / "notes.txt").write_text("not looked at")
    (folder / "._a.png").write_text("nor this")
    with pytest.warns(UserWarning, match="10 of 13 left out"):
        faces = load_faces(folder, 20)
    assert faces.ids == ["a.png", "b.png", "c.png"]
    assert set(faces.skipped) == set(bad)
    for name, (_, why) in bad.items():
        assert why in faces.skipped[name]


def test_a_folder_with_nothing_usable_is_refused_with_the_reasons(tmp_path, folder):
    (tmp_path / "none").mkdir()
    with pytest.raises(DataNotFound, match="no image file"):
        load_faces(tmp_path / "none", 20)
    (tmp_path / "none" / "a.jpg").write_text("text")
    (tmp_path / "none" / "b.jpg").write_text("text")
    with pytest.raises(LowdiffError, match=r"0 of 2 photographs can be used.*a\.jpg: not an image"):
        load_faces(tmp_path / "none", 20)
    with pytest.raises(LowdiffError, match="92 pixels across, less than the resolution 93"):
        load_faces(folder, 93)


@pytest.mark.parametrize("source", ["", "nowhere", "\0", "a" * 5000, "~nobody/x", None, 7, ["faces"]])
def test_a_source_that_is_none_is_not_found(source):
    with pytest.raises(DataNotFound):
        load_faces(source, 20)


@pytest.mark.parametrize("resolution", [0, -1, 3, 513, 10**9, 20.0, "20", None, True, float("nan")])
def test_a_resolution_that_is_none_names_the_limits(resolution):
    with pytest.raises(LowdiffError, match="from 4 to 512"):
        load_faces("faces", resolution)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "faces.csv").write_text("1,2")
    with pytest.raises(LowdiffError, match=r"\.zip nor an \.npz"):
        load_faces(tmp_path / "faces.csv", 20)


def test_a_zip_writes_nothing_and_its_tricks_are_left_out(tmp_path, data, photographs):
    picture = encoded(photographs[3])
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "tricks.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of the name that is there twice
        archive.writestr("in/a.png", encoded(photographs[0]))
        archive.writestr("in/b.png", encoded(photographs[1]))
        archive.writestr("../../out.png", picture)
        archive.writestr("/absolute.png", picture)
        archive.writestr("up\\..\\out.png", picture)
        archive.writestr(link, "/etc/passwd")
        archive.writestr("in/a.png", picture)
        archive.writestr("in/folder.png/", "")
        archive.writestr("__MACOSX/in/._a.png", "resource fork")
    before = everything(tmp_path)
    with pytest.warns(UserWarning, match="left out"):
        faces = load_faces(tmp_path / "tricks.zip", 20)
    assert faces.ids == ["in/a.png", "in/b.png"]
    assert faces.skipped["link.png"] == "a link"
    assert faces.skipped["in/a.png"].startswith("there twice")
    assert {faces.skipped[name] for name in faces.skipped if "out" in name or "absolute" in name} == {
        "its name points out of the archive"
    }
    assert len(faces.skipped) == 5
    assert all(name.startswith("data") for name in set(everything(tmp_path)) - set(before))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<!DOCTYPE html><html>quota</html>", "web page"),
        (b"", "whole archive"),
        (b"PK\3\4 then nothing", "whole"),
    ],
)
@pytest.mark.parametrize("suffix", [".zip", ".npz"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, suffix, content, why):
    (tmp_path / f"celeba{suffix}").write_bytes(content)
    with pytest.raises(LowdiffError, match=why):
        load_faces(tmp_path / f"celeba{suffix}", 20)
    with pytest.raises(LowdiffError, match=why):  # also when it is all that a folder holds
        load_faces(tmp_path, 20)


class Explosive:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("field", ["images", "ids"])
def test_an_array_of_objects_is_refused_and_not_unpickled(tmp_path, field):
    arrays = {"images": np.zeros((2, 30, 30), np.uint8), "ids": np.array(["a", "b"])}
    arrays[field] = np.array([Explosive(tmp_path / "exploded"), None], dtype=object)
    np.savez(tmp_path / "faces.npz", **arrays)
    with pytest.raises(LowdiffError, match=field):
        load_faces(tmp_path / "faces.npz", 20)
    assert not (tmp_path / "exploded").exists()


GRAY = np.random.default_rng(0).integers(0, 256, (4, 30, 30), dtype=np.uint8)


@pytest.mark.parametrize(
    "arrays",
    [
        {"pictures": GRAY},
        {"images": GRAY / 255},
        {"images": GRAY.astype(np.int64)},
        {"images": GRAY[0]},
        {"images": GRAY[:, None, None]},
        {"images": GRAY[:0]},
        {"images": np.stack([GRAY] * 4, -1)},
        {"images": np.asfortranarray(GRAY)},
        {"images": GRAY, "ids": np.arange(3)},
        {"images": GRAY, "ids": np.ones(4)},
        {"images": GRAY, "ids": np.array(["a", "a", "a", "a"])},
    ],
    ids=lambda arrays: " ".join(f"{name} {array.dtype}{list(array.shape)}" for name, array in arrays.items()),
)
def test_arrays_of_another_shape_or_type_are_refused(tmp_path, arrays):
    np.savez(tmp_path / "faces.npz", **arrays)
    with pytest.raises(LowdiffError):
        load_faces(tmp_path / "faces.npz", 20)


def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path):
    header = io.BytesIO()
    claim = {"descr": "|u1", "fortran_order": False, "shape": (10**15, 80, 80)}
    np.lib.format.write_array_header_1_0(header, claim)
    ids = io.BytesIO()
    np.lib.format.write_array_header_1_0(ids, {"descr": "<U1000000", "fortran_order": False, "shape": (10**12,)})
    for images, names in ((header.getvalue() + bytes(100), None), (None, ids.getvalue())):
        with zipfile.ZipFile(tmp_path / "faces.npz", "w") as archive:
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, GRAY)
            archive.writestr("images.npy", images or buffer.getvalue())
            if names:
                archive.writestr("ids.npy", names)
        with pytest.raises(LowdiffError):
            load_faces(tmp_path / "faces.npz", 20)


few = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
places = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4)


def damaged(whole: bytes, where) -> bytes:
    content = bytearray(whole)
    for place, flip in where:
        content[int(place * len(content))] ^= flip
    return bytes(content)


@few
@given(where=places, kind=st.sampled_from(["PNG", "JPEG", "PPM", "BMP", "TIFF", "WEBP"]))
def test_a_damaged_picture_is_unreadable_or_a_picture(photographs, where, kind):
    try:
        pixels = decode(damaged(encoded(photographs[0], kind), where))
    except Unreadable:
        return
    assert pixels.ndim == 2
    assert square(pixels, 20).shape == (20, 20)


@few
@given(where=places, suffix=st.sampled_from([".zip", ".npz"]))
def test_a_damaged_archive_is_refused_or_read(tmp_path, photographs, where, suffix):
    file = tmp_path / f"damaged{suffix}"
    if suffix == ".npz":
        np.savez_compressed(file, images=GRAY, ids=np.array(["a", "b", "c", "d"]))
    else:
        with zipfile.ZipFile(file, "w") as archive:
            for name, photograph in zip("abcd", photographs, strict=False):
                archive.writestr(f"{name}.jpg", encoded(photograph, "JPEG"))
    file.write_bytes(damaged(file.read_bytes(), where))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            faces = load_faces(file, 20)
        except LowdiffError:
            return
    assert faces.images.shape == (len(faces.ids), 20, 20)
