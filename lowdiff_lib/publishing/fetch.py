"""`lowdiff fetch`: an archive of weights, from any address or file, if it has the SHA-256 that the records name.

What arrives is kept beside the weights until it is whole, so that a second call goes on where the first was cut. Only
then is it looked into, and each network is checked again before it takes its place, whole or not at all.
"""

import hashlib
import http.client
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import locked, replacing, sha256
from lowdiff_lib.models import weights

PIECE = 1 << 18  # bytes read at a time
PATIENCE = 30.0  # seconds without a byte


class NotFetched(LowdiffError):
    """An archive did not come, or it is not the one that is published."""

    exit_code = 1


def fetch(source: str) -> list[Path]:
    """Bring the networks of an archive into the data folder; returns their files.

    source: an address (http, https) or a file. Raises NotFetched; LowdiffError where no archive is published.
    """
    record = weights.record()
    name, archive = _which(source, record["archives"])
    address = source if urlsplit(source).scheme in ("http", "https") else ""
    if not address:
        return _unpack(name, _checked(Path(source), archive), record["files"])
    part = weights.folder() / f".{name}.part"
    with locked(part):
        _download(address, part, archive)
        try:
            _checked(part, archive)
        except NotFetched as error:
            part.unlink()
            raise NotFetched(f"{address}: {error}") from None
        written = _unpack(name, part, record["files"])
        part.unlink()
    return written


def _which(source: str, archives: dict[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """The archive that is meant: by the last part of its address, or the only one there is."""
    name = Path(urlsplit(source).path).name
    if name in archives:
        return name, archives[name]
    if len(archives) == 1:
        return next(iter(archives.items()))
    known = ", ".join(archives) or "none"
    raise LowdiffError(f"{source}: {name!r} is no archive that is published; there are: {known}")


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows no redirect to another host: who serves the archive is who was asked."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        asked, told = urlsplit(req.full_url), urlsplit(newurl)
        if told.hostname != asked.hostname or told.scheme not in (asked.scheme, "https"):
            raise NotFetched(
                f"{req.full_url} sends on to another host, {told.scheme}://{told.hostname}; if you trust it, give its "
                f"address: lowdiff fetch '{newurl}'"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(address: str, part: Path, archive: dict[str, Any]) -> None:
    """Bring `part` to the size of the archive, from where it is. Raises NotFetched; what came so far stays."""
    part.parent.mkdir(parents=True, exist_ok=True)
    have, size = part.stat().st_size if part.is_file() else 0, archive["bytes"]
    if have == size:
        return
    if have > size:
        part.unlink()
        have = 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.build_opener(_SameHost).open(request, timeout=PATIENCE) as answer:
            have = have if answer.status == 206 and _begins(answer) == have else 0  # else it sends all of it again
            coming = int(answer.headers.get("Content-Length") or size - have)
            if have + coming != size:
                raise NotFetched(
                    f"{address} is another file: it has {have + coming:,} bytes, the archive that is published {size:,}"
                )
            with part.open("r+b" if have else "wb") as file:
                file.seek(have)
                file.truncate()
                while have < size and (piece := answer.read(min(PIECE, size - have))):
                    file.write(piece)
                    have += len(piece)
    except urllib.error.HTTPError as error:
        raise NotFetched(f"{address} answers {error.code} {error.reason}; is the address right?") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise NotFetched(f"{address} cannot be read: {reason}{_kept(part)}") from None
    if have < size:
        raise NotFetched(f"{address} was cut after {have:,} of {size:,} bytes{_kept(part)}")


def _begins(answer: Any) -> int:
    """The byte at which a partial answer begins; -1 if it does not say."""
    text = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(text) if text.isdigit() else -1


def _kept(part: Path) -> str:
    size = part.stat().st_size if part.is_file() else 0
    return f"; {size:,} bytes are kept, and the same command goes on from there" if size else ""


def _checked(file: Path, archive: dict[str, Any]) -> Path:
    """The file, if it is the archive."""
    if not file.is_file():
        raise NotFetched(f"there is no file {file}")
    if (found := sha256(file)) != archive["sha256"]:
        raise NotFetched(
            f"{file.name} is not the archive that is published: its SHA-256 begins {found[:12]}, published "
            f"{archive['sha256'][:12]}; nothing of it is used"
        )
    return file


def _unpack(name: str, file: Path, files: dict[str, dict[str, Any]]) -> list[Path]:
    """Put the networks of an archive into their places, each if it has the bytes that its record names."""
    mine = {f"{each}.safetensors": each for each, entry in files.items() if entry["archive"] == name}
    written = []
    with zipfile.ZipFile(file) as pack:
        for member, network in mine.items():
            content = pack.read(member)
            if hashlib.sha256(content).hexdigest() != files[network]["sha256"]:
                raise NotFetched(f"{network} in {name} is not what was published; nothing of it is used")
            with replacing(weights.path(network)) as temporary:
                temporary.write_bytes(content)
            written.append(weights.path(network))
    return written
