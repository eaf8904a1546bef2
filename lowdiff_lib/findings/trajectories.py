"""Where trajectories part."""

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, live

APART = 0.1  # of the spread of the data: two trajectories count as parted


def trajectory_branching(measured: Measured) -> str:
    """At which noise level trajectories of A and B are a tenth of the data's spread apart, and where they end."""
    sentences = []
    for mine in (one for of_set in measured.each("dataset") for one in of_set.each("n_train")):
        clauses = []
        for who, name in (("A-B", "A and B"), ("A-twin", "A and its twin")):
            curve = mine.where(who=who).means("sigma")
            apart = curve[curve > APART]
            where = f"part above σ = {apart.index.max():.2g}" if len(apart) else "never part"
            clauses.append(f"{name} {where} and end {curve.iloc[0]:.2f} apart")
        seen = live.link(mine.datasets[0], mine.sizes[0], show="follow")
        sentences.append(f"{mine.datasets[0]}, N = {mine.sizes[0]:,}: {'; '.join(clauses)}. {seen}")
    return bullets(sentences)
