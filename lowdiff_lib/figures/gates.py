"""The gates that stand before a claim, drawn."""

from collections.abc import Mapping

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import seeds
from lowdiff_lib.figures.curves import Colour, Line, Panel, Rule, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured


def budget_curves(measured: Measured, budgets: Mapping[str, str], metric: str, label: str, name: str) -> Figure:
    """The convergence gate: one metric under several budgets, at the largest n_train.

    budgets: arms, in this order, as far as they were measured, and what they are called.
    """
    measured = measured.first
    budgets = {arm: words for arm, words in budgets.items() if arm in measured.arms}
    table = measured.shown
    common = set.intersection(*(set(table[table.arm == arm].repetition) for arm in budgets))
    alone = measured.alone.where(arm=list(budgets), metric=metric, who=["A", "B", "A-B"], repetition=common).largest
    panels = [
        Panel(
            mine := alone.where(dataset=dataset),
            [Line({}, dataset)],
            label,
            f"{mine.name}, N = {mine.sizes[-1]:,}",
            Rule(1, worse="above") if metric == "relative_score_error" else None,
            "log" if metric == "relative_score_error" else "linear",
        )
        for dataset in alone.datasets
    ]
    listed = ", ".join(budgets.values())
    first = table[(table.arm == next(iter(budgets))) & table.repetition.isin(common)]
    caption = (
        f"Does more training move the curve? {label[0].upper()}{label[1:]} at the largest N under {listed}, same "
        f"data and seeds ({seeds(first, both=metric == 'relative_score_error')}). Where the lines part, the curve is "
        "about training time, too."
    )
    low = alone.where(sigma=alone.sigmas[0])
    values = "; ".join(
        f"{dataset}, {words}: {value:.2f}"
        for arm, words in budgets.items()
        for dataset, value in low.arm(arm).shown.groupby("dataset", sort=False)["value"].mean().items()
    )
    alt = f"{label} against sigma under {listed}. At sigma {alone.sigmas[0]:g}: {values}."
    colour = Colour("arm", lambda arm: (style.BUDGET.get(arm, style.USUAL), ""), budgets.__getitem__, list(budgets))
    return curves(name, panels, caption, alt, colour=colour)
