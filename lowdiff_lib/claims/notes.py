"""What a referee asks of the whole: how many tests, with what power, and what the published tables cannot say."""

from lowdiff_lib.base.words import listed
from lowdiff_lib.claims import summary
from lowdiff_lib.claims.ledger import Ledger
from lowdiff_lib.claims.rule import ERROR
from lowdiff_lib.tables import manifest

MIXTURES = ("training_set_size", "parting", "near_the_manifold", "trajectories", "attractors")


def multiplicity(found: Ledger) -> str:
    """How many tests there are, how many verdicts may be chance, and what the headline could have found."""
    tests = [v for row in found.rows for v in row.verdicts.values() if v.low is not None and not row.claim.headline]
    decided = sum(verdict.decided for verdict in tests)
    said = [
        f"{len(tests)} tests stand outside the lines about data as the cause, and {decided} of them are decided. Each "
        f"errs in one case of {1 / ERROR:.0f} at most, so up to {decided * ERROR:.0f} of those verdicts may be chance; "
        "which, nobody can say."
    ]
    row = next((row for row in found.rows if row.claim.headline), None)
    if row and (powers := summary.powers(row, 2)):
        chances = ", ".join(f"{chance:.0%} at N = {n:,}" for n, chance in powers.items())
        said.append(
            f"“{row.claim.statement.capitalize()}” would have been found to hold, were the truth twice the threshold, "
            f"with a probability of {chances} (median over data sets); were it nothing but chance, of at most "
            f"{max(summary.powers(row, 0).values()):.0%}."
        )
    return "\n\n".join(said)


def limits(found: Ledger) -> str:
    """What a reader of the verdicts should know of the published tables, as a list."""
    said = [_draws(), _alone(found), _shared(found)]
    said += [
        "Objectives: the first two are one loss up to a weight, which matters only because one network serves all "
        "noise levels. Where one of the three is no better than doing nothing, the line is not tested: that is a "
        "network trained too little, not an answer to the question.",
        "Samples of faces are made with one number of steps of the sampler; twice as many were not tried.",
    ]
    return "\n".join(f"- {sentence}" for sentence in said if sentence)


def _draws() -> str:
    """Which tables have another random mixture in each repetition, by what the manifest has of their runs."""
    redrawn: dict[bool, set[str]] = {True: set(), False: set()}
    for name, entry in manifest.read()["tables"].items():
        study = name.partition("/")[0]
        if study in MIXTURES:
            common = entry.get("settings", {}).get("draw", 0)
            draws = {run.get("draw", common) for run in entry.get("runs", {}).values()}
            redrawn[draws != {0}].add(study.replace("_", " "))
    fixed, new = sorted(redrawn[False] - redrawn[True]), sorted(redrawn[True])
    said = []
    if fixed:
        said.append(
            f"Repetitions of {listed(fixed)} have new samples and seeds, but one and the same draw of each random "
            "mixture: their verdicts are about that one."
        )
    if new:
        said.append(f"Repetitions of {listed(new)} draw the random mixtures anew.")
    return " ".join(said)


def _alone(found: Ledger) -> str:
    """How many numbers are of one repetition, which gives no interval."""
    alone = [v for v in found.verdicts if v.effect is not None and len(v.values) == 1]
    studies = sorted({verdict.study.replace("_", " ") for verdict in alone})
    if not alone:
        return ""
    return f"{len(alone)} numbers are of one repetition and so without a verdict: those of {listed(studies)}."


def _shared(found: Ledger) -> str:
    """How much of their photographs repetitions share, by study, at the largest N."""
    most: dict[str, float] = {}
    for verdict in found.verdicts:
        if verdict.shared and len(verdict.values) > 1:
            most[verdict.study] = max(verdict.shared, most.get(verdict.study, 0.0))
    each = listed(f"{share:.0%} ({study.replace('_', ' ')})" for study, share in sorted(most.items()))
    return f"Repetitions on faces draw from one pool and share up to {each} of their photographs." if most else ""
