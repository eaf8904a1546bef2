"""Where CelebA is, who is on its photographs, and how to get it."""

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.photographs.folder import IDENTITY_FILES, is_web_page

ADVICE = (
    "put img_align_celeba.zip, or the folder img_align_celeba unpacked from it, and identity_CelebA.txt "
    "there, or name another place (a folder, a .zip or an .npz) in LOWDIFF_CELEBA. The files are at "
    "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, for non-commercial research; "
    "torchvision.datasets.CelebA(root, download=True) fetches them into root/celeba, unless the download "
    "quota of their server is used up for the day"
)


def locate() -> Path:
    """Where CelebA is: LOWDIFF_CELEBA, or `celeba` in the data folder. Raises DataNotFound."""
    if named := os.environ.get("LOWDIFF_CELEBA"):
        if not Path(named).exists():
            raise DataNotFound(f"LOWDIFF_CELEBA names {named}, which does not exist; correct it or unset it")
        return Path(named)
    place = paths.photographs() / "celeba"
    if not place.exists():
        raise DataNotFound(f"CelebA is not at {place}: {ADVICE}")
    return place


def identity_file(path: Path) -> Path | None:
    """The list of who is who for a collection: in its folder, or beside an archive or `img_align_celeba`."""
    places = [path] if path.is_dir() else []
    if path.is_file() or path.name == "img_align_celeba":
        places.append(path.parent)
    return next(filter(Path.is_file, (place / name for place in places for name in IDENTITY_FILES)), None)


def read_identities(file: Path, names: Sequence[str]) -> list[int]:
    """The person on each photograph. Raises LowdiffError if the file is malformed or leaves one out."""
    person: dict[str, int] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LowdiffError(f"{file} cannot be read as text ({error}); fetch it again or remove it") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, _, identity = line.strip().rpartition(" ")
        if not (name and identity.isascii() and identity.isdigit() and len(identity) < 10):
            raise LowdiffError(
                f"{file}, line {number}: {line[:60]!r} is not `name identity`; "
                "fetch the file again, or remove it to go without identities"
            )
        person[name.strip()] = int(identity)
    keys = [name if name in person else PurePosixPath(name).name for name in names]
    missing = [name for name, key in zip(names, keys, strict=True) if key not in person]
    if missing:
        raise LowdiffError(
            f"{file} leaves out {len(missing):,} of {len(names):,} photographs, such as {missing[0]!r}; "
            "complete it, or remove it to go without identities"
        )
    return [person[key] for key in keys]


def download_celeba(root: Path | None = None) -> Path:
    """Fetch CelebA through torchvision into `root`/celeba (the data folder by default); return that folder.

    The only use of the network in this package. Raises LowdiffError that says what to do if it fails.
    """
    if importlib.util.find_spec("gdown") is None:
        raise LowdiffError(
            "CelebA lies on Google Drive, and torchvision fetches from there with the package gdown; "
            "pip install gdown, and try again"
        )
    from torchvision.datasets import CelebA  # imports torch

    root = paths.photographs() if root is None else root
    try:
        root.mkdir(parents=True, exist_ok=True)
        CelebA(root=root, split="all", download=True)
    except Exception as error:  # torchvision, gdown and requests raise what they like
        pages = sorted(file.name for file in root.glob("celeba/*") if file.is_file() and is_web_page(file))
        quota = f" ({', '.join(pages)}: a web page with a message instead of the file; delete it)" * bool(pages)
        raise LowdiffError(
            f"CelebA was not fetched: {' '.join(str(error).split())[:300]}{quota}. If its server's download "
            f"quota is used up, try again tomorrow, or, for {root / 'celeba'}, {ADVICE}"
        ) from None
    return root / "celeba"
