"""A row of verdicts, over data sets and sizes, in words by a stated rule; and how many rows say what."""

from collections.abc import Iterable
from statistics import median

from lowdiff_lib.base.words import listed
from lowdiff_lib.claims.claim import KINDS
from lowdiff_lib.claims.ledger import Ledger, Row, decade
from lowdiff_lib.claims.rule import ABSENT, CANNOT, FAILS, HOLDS, UNDECIDED, power
from lowdiff_lib.tables.tidy import called

FEW, MANY, DEPENDS = "only with few data", "only with many data", "depends on the data"
ROWS = (HOLDS, FEW, MANY, DEPENDS, FAILS, UNDECIDED, CANNOT, ABSENT)  # what a row can be


def of_row(row: Row) -> str:
    """A row in words: what its decided verdicts have in common.

    All hold, or none; only with few data, if on every data set none holds above one that fails, and all that hold are
    below some that fail; only with many, the same turned round; else it depends. If none is decided: undecided, cannot
    be tested, not measured, whatever is first among them.
    """
    holds, fails = (_sizes(row, word) for word in (HOLDS, FAILS))
    if holds and not fails:
        return HOLDS
    if fails and not holds:
        return FAILS
    if not holds:
        words = [verdict.word for verdict in row.verdicts.values()]
        return next((word for word in (UNDECIDED, CANNOT) if word in words), ABSENT)
    both = holds.keys() & fails.keys()
    most, least = _most(holds), _least(holds)
    failing = [n for sizes in fails.values() for n in sizes]
    if all(max(holds[name]) < min(fails[name]) for name in both) and max(failing) > most:
        return FEW
    if all(min(holds[name]) > max(fails[name]) for name in both) and min(failing) < least:
        return MANY
    return DEPENDS


def in_words(row: Row) -> str:
    """The same with what qualifies it: how far it goes, and where not."""
    word = of_row(row)
    holds, fails = (_sizes(row, each) for each in (HOLDS, FAILS))
    if word == FEW:
        never = [name for name in fails if name not in holds and min(fails[name]) <= _most(holds)]
        return f"{_reach(word, holds)}{_not_on(row, never)}"
    if word == MANY:
        never = [name for name in fails if name not in holds and max(fails[name]) >= _least(holds)]
        return f"{_reach(word, holds)}{_not_on(row, never)}"
    if word == DEPENDS:
        return f"{word}: {_by_data(holds, fails)}"
    if word in (HOLDS, FAILS) and any(verdict.word == UNDECIDED for verdict in row.verdicts.values()):
        return f"{word} where decided"
    return word


def brief(row: Row) -> str:
    """As `of_row`, with the number of samples up to which it holds, or from which on; and if it is of one data set."""
    word, holds = of_row(row), _sizes(row, HOLDS)
    decided = holds.keys() | _sizes(row, FAILS).keys()
    alone = len(decided) == 1 and len({name for name, _ in row.verdicts}) > 1
    return f"{_reach(word, holds)}{f' (on {called(decided)} alone)' if alone else ''}"


def _reach(word: str, holds: dict[str, list[int]]) -> str:
    """A word with the number of samples up to which it holds, or from which on, if it is one of those."""
    if word == FEW:
        return f"only up to N = {_most(holds):,}"
    return f"only from N = {_least(holds):,} on" if word == MANY else word


def _most(sizes: dict[str, list[int]]) -> int:
    return max(map(max, sizes.values()))


def _least(sizes: dict[str, list[int]]) -> int:
    return min(map(min, sizes.values()))


def _by_data(holds: dict[str, list[int]], fails: dict[str, list[int]]) -> str:
    """On which data sets it holds, with few data or with many, and on which it does not."""
    parts: dict[str, list[str]] = {}
    for name in {**holds, **fails}:
        here, not_here = holds.get(name, []), fails.get(name, [])
        if not not_here or not here:
            how = "on" if here else "not on"
        else:
            few, many = max(here) < min(not_here), min(here) > max(not_here)
            how = "with few data on" if few else "with many on" if many else "now and then on"
        parts.setdefault(how, []).append(name)
    order = ("on", "with few data on", "with many on", "now and then on", "not on")
    return "; ".join(f"{how} {listed(called([name]) for name in parts[how])}" for how in order if how in parts)


def sentences(found: Ledger) -> str:
    """How many rows say what, as a list, and which hold: of the paper, of its neighbours; controls do not count."""
    lines = []
    for kind, label in ((KINDS[0], "Of {} sentences of the paper"), (KINDS[2], "Of {} of its neighbours")):
        rows = [row for row in found.rows if row.claim.kind == kind]
        words = [of_row(row) for row in rows]
        counts = [(word, words.count(word)) for word in ROWS if word in words]
        quoted = sum(bool(row.claim.quote) for row in rows)
        whose = f" ({quoted} quoted, {len(rows) - quoted} as we read it)" if quoted and quoted < len(rows) else ""
        holding = listed(f"*{row.claim.statement}*" for row, word in zip(rows, words, strict=True) if word == HOLDS)
        lines.append(
            f"- {label.format(len(rows))}{whose}, {listed(f'{n} {_plural(word, n)}' for word, n in counts)}."
            f"{f' Those that hold: {holding}.' if holding else ''}"
        )
    if headline := next((row for row in found.rows if row.claim.headline), None):
        lines.insert(
            0, f"- Do two models part near the data *because of their data*? **{_capital(in_words(headline))}**."
        )
    return "\n".join(lines)


def _sizes(row: Row, word: str) -> dict[str, list[int]]:
    """At which n_train a row has a word, by data set."""
    found: dict[str, list[int]] = {}
    for (dataset, n_train), verdict in row.verdicts.items():
        if verdict.word == word:
            found.setdefault(dataset, []).append(n_train)
    return found


def _not_on(row: Row, names: Iterable[str]) -> str:
    """Those data sets of which nothing is left open that comes before the first failure."""
    fails, undecided = _sizes(row, FAILS), _sizes(row, UNDECIDED)
    never = [name for name in names if min(undecided.get(name, [10**9])) > min(fails[name])]
    return f"; not on {listed(called([name]) for name in never)}" if never else ""


def _plural(word: str, n: int) -> str:
    many = {HOLDS: "hold", FAILS: "do not hold", FEW: "hold only up to some N", MANY: "hold only from some N on"}
    one = {FEW: "holds only up to some N", MANY: "holds only from some N on"}
    many |= {DEPENDS: "depend on the data", UNDECIDED: "are undecided", ABSENT: "are not measured"}
    one |= {UNDECIDED: "is undecided", ABSENT: "is not measured"}
    return (one if n == 1 else many).get(word, word)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def powers(row: Row, times: float) -> dict[int, float]:
    """By decade of n_train, with what probability an effect of so many thresholds is found; median over data sets."""
    test = row.claim.test
    found: dict[int, list[float]] = {}
    for (_, n), verdict in row.verdicts.items():
        if verdict.low is not None:
            chance = power(verdict.values, test, times * test.threshold, verdict.error, verdict.shared)
            found.setdefault(decade(n), []).append(chance)
    return {n: median(each) for n, each in sorted(found.items())}
