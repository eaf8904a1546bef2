"""Shows the built book in a browser on this machine, and to no other machine."""

import functools
import http.server
import os
import sys
import webbrowser

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """A line for each picture helps nobody."""


def serve(port: int) -> None:
    """Serve `_build/html` on the loopback address until interrupted; on a free port if `port` is taken."""
    folder = paths.build() / "html"
    if not (folder / "index.html").is_file():
        raise LowdiffError(f"there is no book in {folder} yet; make it with: lowdiff build")
    if not 0 <= port <= 65535:
        raise LowdiffError(f"{port} is not a port; choose one from 1 to 65535, or 0 for any that is free")
    handler = functools.partial(_Quiet, directory=str(folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with server:
        url = f"http://127.0.0.1:{server.server_port}/"
        print(f"The book is at {url} until you press Ctrl-C", flush=True)
        if sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            webbrowser.open(url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
