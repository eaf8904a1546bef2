"""The three objectives on the same axes, on mixtures and on faces."""

from dataclasses import dataclass

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import seeds
from lowdiff_lib.figures.curves import DATASET, MODELS, OBJECTIVE, Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import called, score_errors


@dataclass(frozen=True)
class _Quality:
    """How good single models are, on one kind of data: the metric, its words, and what the identity has of it."""

    metric: str
    words: str
    axis: str
    identity: float
    scale: str


SCORE_ERROR = _Quality("relative_score_error", "relative score error", "relative score error", 1.0, "log")
NOTHING = Rule(SCORE_ERROR.identity, worse="above")
GAIN = _Quality("psnr_gain_held_out", "gain over doing nothing", "gain over doing nothing (dB)", 0.0, "linear")


def objective_curves(measured: Measured, dataset: str, n_train: int) -> Figure:
    """Score error of mixtures, gain of faces (left), residual cosine, A-B and twin (right), a colour an objective.

    Of what is published, that of this n_train; and, of mixtures, of this data set.
    """
    quality = GAIN if (measured.shown.metric == GAIN.metric).any() else SCORE_ERROR
    measured = measured.first.where(n_train=n_train, objective=list(style.OBJECTIVE))
    measured = measured if quality is GAIN else measured.where(dataset=dataset)
    good = measured.where(metric=quality.metric)
    cosine, lines = measured.where(metric="residual_cosine"), [Line({"who": MODELS}, quality.words)]
    identity = Rule(quality.identity, worse="below" if quality is GAIN else "above")
    panels = [
        Panel(good, lines, quality.axis, rule=identity, scale=quality.scale),
        Panel(cosine, pairs("cosine"), "cosine of the two residuals"),
    ]
    theirs = any(arm.endswith("-published") for arm in measured.arms)
    alike = ", each with the network that the paper gives it" if theirs else ""
    caption = (
        f"{called([dataset])}, N = {n_train:,}, a colour for each objective{alike}. Left: {quality.words} on held-out "
        "data. Right: cosine of the residuals of two models, trained on different data (solid) and twice on the same "
        f"(dashed; {seeds(measured.shown)})."
    )
    low = measured.sigmas[0]
    alt = f"{quality.words} at sigma {low:g}: " + ", ".join(
        f"{objective} {value:.3g}" for objective, value in good.where(sigma=low).means("objective").items()
    )
    return curves(f"objectives-{dataset}-{n_train}{'-published' * theirs}", panels, caption, alt, colour=OBJECTIVE)


def objective_sizes(measured: Measured, sigma: float) -> Figure:
    """Score error of each objective at one noise level against n_train, a panel a mixture."""
    measured = measured.first.map(lambda table: score_errors(table, sigma))
    last = measured.shown
    panels = [
        Panel(measured.where(dataset=name), [Line({})], "relative score error", name, NOTHING, "log", (None, 1e3))
        for name in DATASET.values(last)
    ]
    caption = (
        f"How wrong the learned score is at σ = {sigma:g}, E|s - s*|² / E|s*|², against the number of samples a side, "
        "a colour for each objective. Above 1 a model is worse than doing nothing. Median of A and B over all "
        f"repetitions ({seeds(last)})."
    )
    most = last[last.n_train == last.n_train.max()].groupby(["dataset", "objective"])["value"].median()
    alt = f"At N = {last.n_train.max():,}: " + ", ".join(
        f"{dataset} {objective} {value:.2g}" for (dataset, objective), value in most.items()
    )
    return curves("objectives-by-size", panels, caption, alt, colour=OBJECTIVE, across="n_train", middle="median")
