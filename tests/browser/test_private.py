"""The pages can be given away: nothing in them says where things are on the machine that made them."""

import os
import sys
import tempfile
from pathlib import Path


def test_no_file_of_the_book_names_a_folder_of_this_machine(book: Path):
    folders = {book.parent.parent, Path.home(), Path(sys.prefix), Path(tempfile.gettempdir()), Path.cwd()}
    folders |= {Path(value) for name, value in os.environ.items() if name.startswith("LOWDIFF_")}
    names = {os.fsencode(f"{folder.resolve()}{os.sep}") for folder in folders if len(folder.resolve().parts) > 1}
    files = [path for path in book.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert not [(path.name, name) for path in files for name in names if name in path.read_bytes()]
