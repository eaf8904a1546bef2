"""How fast this project is, beside other ways to do the same and beside what the machine can do.

    make bench                                  all of it, about twenty minutes; writes data/benchmarks/
    .venv/bin/python -m benchmarks --quick      the same on small sizes, in a minute; writes _build/benchmarks/
    .venv/bin/python -m benchmarks.ideal        one subject; writes nothing

Every number is the median of several repeats. Ours, the peer and the limit take turns in one process, so that a busy
minute hits all three, and ratios are taken within a turn.
"""

import os

os.environ["LOWDIFF_DEVICE"] = "cpu"  # what is compared here is compared on the cores
