"""Published pictures: files `data/pictures/<name>.png` of tiles, each with what it shows and what made it inside it.

A file opens in any viewer. Its text chunk `lowdiff` holds a record, sealed like all our records: the columns of the
table of pictures, where they come from, and the hash of the pixels.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, PngImagePlugin

from lowdiff_lib.base import paths
from lowdiff_lib.base.storage import locked, remove_strays, replacing, seal, unseal
from lowdiff_lib.tables.manifest import NotAsPublished

CHUNK = "lowdiff"
MOST = 1 << 22  # pixels of a sheet: it is to be small


def put(name: str, pictures: pd.DataFrame, columns: int, about: dict[str, Any]) -> Path:
    """Publish pictures, whole or not at all: `image` [r, r], from 0 to 1 in 256 steps; other columns say what it is.

    columns: tiles in a row of the sheet. about: where they come from, as plain JSON.
    """
    tiles = np.stack([np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8) for image in pictures.image])
    count, side, _ = tiles.shape
    sheet = np.zeros((-(-count // columns) * columns, side, side), np.uint8)
    sheet[:count] = tiles
    sheet = sheet.reshape(-1, columns, side, side).swapaxes(1, 2).reshape(-1, columns * side)
    said = pictures.drop(columns="image").to_dict("list")
    record = {"pictures": said, "columns": columns, "pixels": hashlib.sha256(tiles.tobytes()).hexdigest(), **about}
    chunk = PngImagePlugin.PngInfo()
    chunk.add_text(CHUNK, json.dumps(seal(record)))
    path = path_of(name)
    with locked(path):
        remove_strays(path)
        with replacing(path) as temporary:
            Image.fromarray(sheet).save(temporary, "PNG", optimize=True, pnginfo=chunk)
    return path


def find(name: str) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """Published pictures, a row each with `image` [r, r] in [0, 1], and where they come from. None if there are none.

    Raises NotAsPublished for a file that is not what was published.
    """
    path = path_of(name)
    if not path.is_file():
        return None
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST:
                raise ValueError("larger than any that is published")
            record = unseal(image.text[CHUNK])  # type: ignore[attr-defined]
            sheet = np.asarray(image)
        columns, said = record.pop("columns"), record.pop("pictures")
        side = sheet.shape[1] // columns
        tiles = sheet.reshape(-1, side, columns, side).swapaxes(1, 2).reshape(-1, side, side)
        tiles = tiles[: len(next(iter(said.values())))]
        if hashlib.sha256(tiles.tobytes()).hexdigest() != record.pop("pixels"):
            raise ValueError("its pixels have another SHA-256")
    except (OSError, ValueError, KeyError, SyntaxError, AttributeError) as error:  # what a broken PNG raises
        raise NotAsPublished(
            f"{path} is not what was published ({error}); bring it back (git checkout) or publish it again"
        ) from None
    return pd.DataFrame(said).assign(image=list(tiles / 255)), record


def names() -> list[str]:
    """Names of all published pictures."""
    return sorted(path.stem for path in (paths.data() / "pictures").glob("*.png"))


def path_of(name: str) -> Path:
    return paths.data() / "pictures" / f"{name}.png"
