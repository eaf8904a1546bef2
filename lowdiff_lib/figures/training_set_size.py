"""Agreement and score error against the noise level, for each training-set size."""

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import seeds
from lowdiff_lib.figures.curves import MODELS, PAIR, Line, Panel, Rule, curves, few_some_many, references
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.shade import extrapolated, worse_than_nothing
from lowdiff_lib.tables import Measured, live

PARTED = 0.9  # below this cosine two models have parted, as in the explorer


def size_curves(measured: Measured, dataset: str) -> Figure:
    """Residual cosine of A and B, of A and its twin, a panel for each n_train."""
    measured = measured.first.where(dataset=dataset, metric=["relative_score_error", "residual_cosine"])
    cosine = measured.where(metric="residual_cosine")
    caption = (
        f"{dataset}: how alike two models answer, a panel for each number N of samples a side. Solid: they were "
        "trained on different samples; dashed: on the same samples, twice; what is between the two is due to the "
        f"data ({seeds(cosine.shown)})."
    )
    some = few_some_many(cosine.sizes)[-2:][0]
    seen = live.link(dataset, some, _parted(cosine.where(n_train=some)))
    panels, alt = agreement_panels(measured), _alt(cosine, dataset)
    return curves(f"size-{dataset}", panels, caption, alt, cosine.shown, colour=PAIR, live=seen)


def _parted(cosine: Measured) -> float:
    """The noise level at which A and B have just parted, coming from much noise; the lowest if they never do."""
    means = cosine.where(who="A-B").means("sigma")
    return float(max(means.index[means < PARTED], default=means.index[0]))


def agreement_panels(measured: Measured) -> list[Panel]:
    """A panel for each n_train: A and B solid, A and its twin dashed, what is between them, and what not to believe.

    measured: residual cosines of one data set, and what says whether models beat doing nothing (`worse_than_nothing`).
    """
    cosine = measured.where(metric="residual_cosine")
    far = extrapolated(cosine.datasets[0], cosine.sizes)
    return [
        Panel(
            cosine.where(n_train=n_train),
            [
                *(Line({"who": who}, f"N = {n_train:,}", line) for who, line in style.PAIR.items()),
                Line(
                    {"who": "wiener pair"},
                    f"N = {n_train:,}",
                    style.REFERENCE["wiener"],
                    "two linear filters",
                    ink=True,
                ),
            ],
            "cosine of the two residuals",
            f"N = {n_train:,}",
            gap=True,
            worse=worse_than_nothing(measured.where(n_train=n_train)),
            far=far[n_train],
        )
        for n_train in cosine.sizes
    ]


def size_errors(measured: Measured, dataset: str) -> Figure:
    """Score error against sigma, one colour for each n_train, beside the ideal denoiser and the linear filter."""
    measured = measured.first.where(dataset=dataset, metric="relative_score_error")
    panel = Panel(
        measured,
        [Line({"who": MODELS}, "score error"), *references("score error")],
        "relative score error",
        rule=Rule(1, "doing nothing", worse="above"),
        scale="log",
        limits=(None, 1e3),
    )
    caption = (
        f"{dataset}: how wrong the learned score is, E|s - s*|² / E|s*|² on held-out points, for each number N of "
        "samples a side. Above 1 a model is worse than doing nothing. Beside them the ideal denoiser (dash-dotted), "
        f"which knows its samples by heart, and the linear filter (dotted; {seeds(measured.shown)})."
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    value = measured.mean(sigma=low, n_train=most, who=MODELS)
    return curves(f"errors-{dataset}", [panel], caption, f"At sigma {low:g} and N = {most:,} the error is {value:.3g}.")


def _alt(cosine: Measured, dataset: str) -> str:
    low = cosine.where(sigma=cosine.sigmas[0]).means("n_train", "who")
    values = "; ".join(
        f"N = {n:,}, {low[n, 'A-B']:.2f} for different data and {low[n, 'A-twin']:.2f} for the same"
        for n in cosine.sizes
    )
    return f"Residual cosine on {dataset} at sigma {cosine.sigmas[0]:g}: {values}."
