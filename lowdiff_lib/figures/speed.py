"""What `make bench` measured: ours against the limit and against peers, and how cost grows."""

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import legend, new_canvas
from lowdiff_lib.figures.drawing import Figure

COLORS = [style.LIGHT[name] for name in ("a", "b", "teal", "different", "amber", "quiet")]
TICKS = [step * 10**power for power in range(-2, 4) for step in (1, 2, 5)]
MARKERS = list(style.DATASET.values())


def speed_ratios(table: pd.DataFrame, name: str, *subjects: str) -> Figure | None:
    """Share of the limit (left) and speed in units of the peers' (right), a line a case; nothing if not measured."""
    mine = table[table.subject.isin(subjects) & (table.times_peer.notna() | table.of_limit.notna())]
    if mine.empty:
        return None
    cases = list(dict.fromkeys(mine.case))
    canvas, axes = new_canvas(1, 2, 1.3 + 0.2 * len(cases), sharey=True)
    left, right = axes[0]
    _dots(left, mine[mine.of_limit.notna()].drop_duplicates("case"), "of_limit", cases, "", 0)
    for number, (peer, rows) in enumerate(mine[mine.times_peer.notna()].groupby("peer", sort=False)):
        _dots(right, rows, "times_peer", cases, str(peer), number)
    left.set(xlim=(0, max(1.05, 1.05 * mine.of_limit.max())), xlabel="share of the limit")
    left.set_yticks(range(len(cases)), cases, fontsize=7)
    left.invert_yaxis()
    right.set(xscale="log", xlabel="times as fast as")
    right.set_xticks([tick for tick in TICKS if right.get_xlim()[0] <= tick <= right.get_xlim()[1]])
    right.xaxis.set_major_formatter("{x:g}")
    right.minorticks_off()
    for ax, one in ((left, "the limit"), (right, "equal")):
        ax.axvline(1, color=style.INK, lw=0.8, ls="--")
        ax.text(1, 1.0, one, transform=ax.get_xaxis_transform(), ha="right", va="bottom", fontsize=7, color=style.INK)
    legend(canvas, [right])
    goals = mine[mine.goal.notna()]
    caption = (
        f"Speed: {', '.join(subjects)}. Dots: medians over {mine.repeats.min():.0f} or more repeats; bars: quartiles; "
        "triangles: goals. Left, the share of what the machine could do at most; right, ours over the peer."
    )
    met = f"{goals.met.astype(bool).sum()} of {len(goals)} goals are met." if len(goals) else "No goals are set."
    alt = f"{caption} {_extent(mine, 'of_limit', 'of the limit')}{_extent(mine, 'times_peer', 'times the peer')}{met}"
    return Figure(name, canvas, caption, alt, mine)


def _dots(ax: Axes, rows: pd.DataFrame, column: str, cases: list[str], label: str, number: int) -> None:
    at = [cases.index(case) for case in rows.case]
    color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
    ax.hlines(at, rows[f"{column}_low"], rows[f"{column}_high"], color=color, lw=1.2)
    ax.plot(rows[column], at, marker, color=color, label=label or None)
    goals = [
        (float(row.goal.split()[2]), y) for row, y in zip(rows.itertuples(), at, strict=True) if _aims(row, column)
    ]
    if goals:
        ax.plot(*zip(*goals, strict=True), ">", color=color, mfc="none", ms=5)


def _aims(row, column: str) -> bool:
    return isinstance(row.goal, str) and row.goal.startswith(f"{column} ")


def _extent(rows: pd.DataFrame, column: str, words: str) -> str:
    values = rows[column].dropna()
    return f"From {values.min():.2g} to {values.max():.2g} {words}. " if len(values) else ""


def speed_growth(table: pd.DataFrame) -> Figure | None:
    """Time and memory against what is asked for, both axes logarithmic; nothing if not measured."""
    points = table[(table.subject == "growth") & table.x.notna()]
    if points.empty:
        return None
    canvas, axes = new_canvas(1, 2, 4.4)
    labels = (points.case + ", against " + points.against).rename("label")
    looks = dict(zip(labels.unique(), zip(COLORS * 9, MARKERS * 9, strict=True), strict=False))
    for ax, unit, words in zip(axes[0], ("s", "MB"), ("seconds", "memory (MB)"), strict=True):
        for label, rows in points[points.unit == unit].groupby(labels, sort=False):
            color, marker = looks[str(label)]
            ax.plot(rows.x, rows.ours, marker=marker, color=color, label=str(label))
        ax.set(xscale="log", yscale="log", xlabel="how many", ylabel=words)
    legend(canvas, axes[0])
    fits = table[(table.subject == "growth") & (table.unit == "exponent")]
    caption = (
        "How cost grows with M (networks in a stack), N (data points), dim, s (noise levels) or the number of points. "
        "A line of slope 1 is linear growth."
    )
    alt = f"{caption} Fitted exponents: {', '.join(f'{fit.case} {fit.ours:.2f}' for fit in fits.itertuples())}."
    return Figure("speed-growth", canvas, caption, alt, points)
