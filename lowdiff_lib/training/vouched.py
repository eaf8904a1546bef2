"""Files of tensors that vouch for themselves: with a hash of the tensors and of what is said about them."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lowdiff_lib.base.storage import replacing


def write(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> None:
    """Write tensors and what is to be known of them, whole or not at all."""
    tensors = {name: value.cpu().contiguous() for name, value in tensors.items()}
    with replacing(path) as temporary:
        vouch = {**about, "sha256": _digest(tensors, about)}
        save_file(tensors, temporary, {"vouch": json.dumps(vouch)})  # one entry: several come in random order


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and what is known of them. Raises OSError; ValueError if they are not what was written."""
    try:
        with safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            about = dict(json.loads((file.metadata() or {})["vouch"]))
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"it cannot be read: {error}") from None
    if about.pop("sha256", None) != _digest(tensors, about):
        raise ValueError("its content is not what was written")
    return tensors, about


def _digest(tensors: Mapping[str, Tensor], about: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name, value in sorted(tensors.items()):
        digest.update(f"{name} {value.dtype} {list(value.shape)}".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
