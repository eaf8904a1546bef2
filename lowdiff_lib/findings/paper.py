"""The paper beside this book, row by row: what they did, what is run here and how long, what came out, what differs.

The rows are in `paper_rows`; what came out is computed in `paper_results`; sizes and times are those of the manifest.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lowdiff_lib.base.words import duration
from lowdiff_lib.findings.landing import PAPER_FACES, PAPER_PIXELS
from lowdiff_lib.tables import manifest

SHOWN, SMALLER, PARTLY = "run and shown", "run smaller, and shown", "in part"


@dataclass(frozen=True)
class Row:
    """A statement or an experiment of the paper.

    says: it, in our words. source: how we know of it. they: what they did; here: what is run here. tables: what is
    published of that, "study/arm". command: what makes it again, one line each. shown: chapters, and the functions of
    `figures` that draw it there. came_out: from the published tables to words. differs: what differs, and why. lacks:
    why a table is not there, or why there is none. smaller: at less than the paper's scale, for the reason in differs.
    """

    name: str
    says: str
    source: str
    they: str
    here: str
    differs: str
    tables: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()
    came_out: Callable[[], str] | None = None
    lacks: str = ""
    smaller: bool = False

    @property
    def missing(self) -> list[str]:
        """Those of its tables that are not published."""
        return [name for name in self.tables if manifest.find(name) is None]

    @property
    def outcome(self) -> str:
        """What came out; where a table is missing, why."""
        if self.came_out is None or self.missing:
            return f"Not measured yet: {self.lacks}." if self.tables else f"{self.lacks[:1].upper()}{self.lacks[1:]}."
        return self.came_out()

    @property
    def status(self) -> str:
        """Whether it was run, in words."""
        if self.missing:
            there = len(self.tables) - len(self.missing)
            return f"{PARTLY if there else 'not yet'}: {self.lacks}"
        return (SMALLER if self.smaller else SHOWN) if self.shown else self.lacks


def answer(experiments: Sequence[Row], models: Sequence[Row]) -> str:
    """How many of the paper's experiments, and of its models, are run and shown here; which are not; and at what scale.

    An experiment counts once, also where it is run in a way of our own besides.
    """
    theirs: dict[str, Row] = {}
    for row in experiments:
        theirs.setdefault(row.name.split(",")[0], row)
    ran, shown = _ran(list(theirs.values())), _ran(models)
    runs = list(runs_of([name for row in (*experiments, *models) for name in row.tables]).values())
    photographs = [run for run in runs if run["resolution"]]
    pixels, faces = (max((run[name] for run in photographs), default=0) for name in ("resolution", "n_train"))
    smaller = ", smaller than theirs" if pixels < PAPER_PIXELS or faces < PAPER_FACES else ""
    groups: dict[str, list[str]] = {"In part": [], "Not": []}
    for row in (*theirs.values(), *models):
        if row.status.startswith(PARTLY):
            groups["In part"].append(row.says.rstrip("."))
        elif row.status not in (SHOWN, SMALLER):
            groups["Not"].append(row.says.rstrip("."))
    rest = "".join(f" {words}: {'; '.join(names)}." for words, names in groups.items() if names)
    scale = (
        f" Pictures have up to {pixels}x{pixels} pixels (theirs {PAPER_PIXELS}x{PAPER_PIXELS}), a side up to {faces:,} "
        f"of them (theirs {PAPER_FACES:,})."
    )
    return (
        f"**{ran} of {len(theirs)} figures and tables of the paper that we know of have a counterpart here{smaller}; "
        f"of its models and procedures {shown} of {len(models)}.**{scale if photographs else ''}{rest}"
    )


def _ran(chosen: Sequence[Row]) -> int:
    return sum(row.status in (SHOWN, SMALLER) for row in chosen)


def rows(chosen: Sequence[Row], unfolded: bool = False, after: Sequence[Row] = ()) -> str:
    """Rows as Markdown: each statement with what came out, and the rest below it, folded or not.

    after: the rows above these on the page. What came out is said once, and after that where.
    """
    found: list[str] = []
    first: dict[Callable[[], str], str] = {}
    for row in (*after, *chosen):
        above = first.setdefault(row.came_out, row.name) if row.came_out and not row.missing else row.name
        if row not in after:
            found.append(_row(row, unfolded, row.outcome if above == row.name else f"What came out stands at {above}."))
    return "\n\n".join(found)


def _row(row: Row, unfolded: bool, outcome: str) -> str:
    pages = dict.fromkeys(f"{{doc}}`{chapter}`" for chapter, _ in row.shown)
    lines = [
        f"**They did.** {row.they}",
        f"**Here.** {row.here}{f' {scale(row.tables)}' if not row.missing and row.tables else ''}",
        f"**What differs, and why.** {row.differs}",
    ]
    if row.command:
        lines.append(f"**The command.** {'; '.join(f'`{line}`' for line in row.command)}{took(row.tables)}")
    if pages:
        lines.append(f"**Shown in** {', '.join(pages)}.")
    head = f"**{row.name}. {row.says}** *{row.source}.*"
    opening = ":::{dropdown} What they did, what is run here, and what differs" + "\n:open:" * unfolded
    folded = "\n\n".join([opening, *lines])
    return f"{head}\n\n{outcome}\n\n{folded}\n:::"


def fidelity(chosen: Iterable[Row]) -> str:
    """What of the paper's own models and procedures is run here, as a table: what came out of it, or a reason."""
    head = ["| the paper, and the authors' code | here | what came out |", "|---|---|---|"]
    cells = []
    for row in chosen:
        words = [row.here, scale(row.tables) if row.smaller and not row.missing else "", row.differs]
        came_out = f": {row.came_out()}" if row.came_out and not row.missing else ""
        cells.append((f"**{row.says}**: {row.they}", " ".join(filter(None, words)), f"{row.status}{came_out}"))
    return "\n".join([*head, *(f"| {' | '.join(each)} |" for each in cells)])


def runs_of(tables: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Every run behind some tables, once, by its key: settings and seconds."""
    return {key: entry["settings"] | run for entry in manifest.entries(tables) for key, run in entry["runs"].items()}


def scale(tables: Sequence[str]) -> str:
    """At which scale some published tables were made, in a sentence."""
    runs = list(runs_of(tables).values())

    def each(name: str) -> str:
        return ", ".join(f"{value:,}" for value in sorted({run[name] for run in runs}))

    sides = {run["resolution"] for run in runs} - {0}
    of = f"Pictures of {' and '.join(f'{side} x {side}' for side in sorted(sides))} pixels; " if sides else ""
    text = f"{of}N = {each('n_train')}; {each('steps')} steps of {each('batch')} samples; {len(runs):,} networks."
    return text[:1].upper() + text[1:]


def took(tables: Sequence[str]) -> str:
    """How long some published tables took: training, each run once, and measuring. Nothing if there are none."""
    found = manifest.entries(tables)
    if not found:
        return "."
    trained = sum(run["seconds"] for run in runs_of(tables).values())
    measured = sum(entry["measured"]["seconds"] for entry in found)
    machines = ", ".join(dict.fromkeys(name for entry in found for name in entry["trained"]["machine"]))
    return f". It took {duration(trained)} to train and {duration(measured)} to measure ({machines})."
