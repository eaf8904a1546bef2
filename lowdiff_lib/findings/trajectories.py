"""Where trajectories part."""

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends
from lowdiff_lib.tables import Measured, live

APART = 0.1  # of the spread of the data: two trajectories count as parted
PAIRS = {"A-B": "A and B", "A-twin": "A and its twin"}


def trajectory_branching(measured: Measured) -> str:
    """At which noise level trajectories are a tenth of the data's spread apart, and where they end.

    Of A and B, and of A and its twin, with few data and with many.
    """
    rows = []
    for mine, n in ((one, n) for one in measured.each("dataset") for n in ends(one)):
        cells = []
        for who in PAIRS:
            curve = mine.where(n_train=n, who=who).means("sigma")
            apart = curve[curve > APART]
            cells += [f"{apart.index.max():.2g}" if len(apart) else "never", f"{curve.iloc[0]:.2f}"]
        rows.append((mine.datasets[0], f"{n:,}", *cells, live.link(mine.datasets[0], n, words="try it", show="follow")))
    heads = (f"{name} {what}" for name in PAIRS.values() for what in ("part at σ =", "end apart"))
    return table(
        f"Parted are two that are {APART:g} of the spread of the data apart; so far apart they end:",
        ("mixture", "N", *heads, "see it"),
        rows,
    )
