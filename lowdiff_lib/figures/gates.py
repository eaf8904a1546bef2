"""The gates that stand before a claim, as pictures."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import curve, legend, new_canvas, noise_axis, seeds
from lowdiff_lib.figures.drawing import Figure


def budget_curves(tables: dict[str, pd.DataFrame], metric: str, label: str, name: str) -> Figure:
    """The convergence gate: one metric under several budgets, at the largest n_train."""
    common = set.intersection(*(set(table.repetition) for table in tables.values()))
    tables = {budget: table[table.repetition.isin(common)] for budget, table in tables.items()}
    datasets = list(dict.fromkeys(d for table in tables.values() for d in table.dataset))
    columns = min(3, len(datasets))
    rows = -(-len(datasets) // columns)
    canvas, axes = new_canvas(rows, columns, 0.6 + 2.7 * rows)
    styles = {2: ["-", "--"], 3: [":", "-", "--"], 4: [":", "-", "--", "-."]}
    lines = dict(zip(tables, styles[len(tables)], strict=True))
    for ax, dataset in zip(axes.flat, datasets, strict=False):
        for budget, table in tables.items():
            mine = table[(table.dataset == dataset) & (table.metric == metric) & table.who.isin(["A", "B", "A-B"])]
            mine = mine[mine.n_train == mine.n_train.max()]
            if mine.empty:
                continue
            largest = mine.n_train.max()
            color, marker = style.size_look(largest)
            curve(ax, mine, color, marker, lines[budget], label=budget, row=budget, column=dataset)
        ax.set(title=f"{dataset}, N = {largest:,}", ylabel=label)
        if metric == "relative_score_error":
            ax.set_yscale("log")
        noise_axis(ax)
    legend(canvas, list(axes.flat), len(tables))
    budgets = ", ".join(tables)
    caption = (
        f"Does more training move the curve? {label[0].upper()}{label[1:]} at the largest N under {budgets}, same "
        "data and seeds; "
        f"{seeds(next(iter(tables.values())))}. Where the lines part, the curve is about the "
        "budget, not about the data."
    )
    both = pd.concat([table.assign(budget=budget) for budget, table in tables.items()])
    shown = both[(both.metric == metric) & both.who.isin(["A", "B", "A-B"])]
    shown = shown[shown.n_train == shown.groupby(["budget", "dataset"]).n_train.transform("max")]
    lowest = shown[shown.sigma == shown.sigma.min()].groupby(["dataset", "budget"], sort=False)["value"].mean()
    values = "; ".join(f"{dataset}, {budget}: {value:.2f}" for (dataset, budget), value in lowest.items())
    alt = f"{label} against sigma under {budgets}. At sigma {shown.sigma.min():g}: {values}."
    return Figure(name, canvas, caption, alt, shown)
