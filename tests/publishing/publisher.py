"""A publisher to be killed: `python publisher.py NAME` publishes two tables in turn, for ever."""

import itertools
import sys

from lowdiff_lib.tables import manifest

TABLES = [("value\n" + "7\n" * rows).encode() for rows in (100, 2000)]


def main(name: str) -> None:
    for turn in itertools.count():
        manifest.put(name, TABLES[turn % 2], {"turn": turn % 2})
        if turn < 2:
            print("published", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
