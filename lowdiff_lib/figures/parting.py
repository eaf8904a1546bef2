"""What parts two models: how far they are apart, told sigma and not, with other data and with the same."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.blindness import APART, ARM, GAIN
from lowdiff_lib.figures.canvas import pixels, seeds
from lowdiff_lib.figures.curves import DATASET, Line, Panel, Rule, curves, few_some_many, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, causes, live, times
from lowdiff_lib.tables.tidy import GAINS, PHOTOGRAPHS, called

TELLING = {
    "told": "told σ, our training",
    "told-plain": "told σ, the paper's",
    "blind-weighted": "not told, our training",
    "blind": "not told, the paper's",
}
GAINED = {  # what A gains over time, and the best possible
    arm: [Line({"who": "A"}, "gain"), Line({"who": best}, "gain", style.REFERENCE[best], words, ink=True)]
    for arm, best, words in (
        ("told", "exact", "best possible, told"),
        ("told-plain", "exact", "best possible, told"),
        ("blind-weighted", "best blind", "best possible, not told"),
        ("blind", "best blind", "best possible, not told"),
    )
}
APART_BY = dict.fromkeys(TELLING, pairs("difference"))
TRAINED = ["arm", "dataset", "n_train", "repetition"]
LOG = {"scale": "log"}
BANDS = {"strong": "v above 4 σ²", "near": "v near σ²", "weak": "v below σ² / 4"}
LINEAR = [
    Line({"who": "wiener pair"}, "two linear filters", style.REFERENCE["wiener"], "two linear filters", marker=""),
    Line({"who": "linear theory"}, "linear theory", "", "linear theory", marker="open"),
]
MODE_WORDS = {"A-B": "different data", "A-twin": "the same data", "linear theory": "linear theory"}
FAR = "distance from the ideal denoiser (units of the noise)"
PLACES = {"_train": "At training points", "": "At new points", "_path": "On its own path"}  # by the metric's ending
FILTERS = Line({"who": "wiener pair"}, "difference", style.REFERENCE["wiener"], "two linear filters", ink=True)
DIFFERENCE = "difference of two models\n(1 is the noise)"


def parting(measured: Measured) -> Figure:
    """How far two models are apart over sigma, of one data set: a panel each for few samples, for some and for many.

    Solid other data, dashed the same data twice; a colour for networks told sigma, and one for those not told.
    """
    mine = measured.arm("told", "blind").common.map(lambda table: table[table.sigma <= causes.NOISIEST])
    mine = mine.where(metric=causes.APART, who=[*style.PAIR, "wiener pair"], n_train=few_some_many(mine.sizes))
    faces = bool(PHOTOGRAPHS.keys() & set(mine.datasets))
    what, name = "faces" if faces else "points", called(mine.datasets)
    least = 0.7 * mine.where(who=list(style.PAIR)).shown.value.min()  # filters that do next to nothing go on below it
    look: dict = {"rule": Rule(1), "scale": "log", "limits": (least, None), "gap": True}
    panels = [
        Panel(each, [*pairs("difference"), FILTERS], DIFFERENCE, f"{n:,} {what} a side", **look)
        for each in mine.each("n_train")
        for n in each.sizes
    ]
    shown = pixels(mine.shown) if faces else f"of {name}"
    caption = (
        f"Two models clean the same new {what} with noise ({shown}). Solid: they saw different {what}; dashed: the "
        "same, trained twice; where both lie on each other, it is not the data. At 1 they differ by as much as the "
        f"noise{_worse(measured, mine.sizes[-1])} ({seeds(mine.shown)})."
    )
    found = causes.parts(measured.shown)
    alt = "; ".join(_said(row) for _, row in causes.totals(found).iterrows() if row.sigma == mine.sigmas[0]) + "."
    seen = "" if faces else live.link(mine.datasets[0], mine.sizes[-1], mine.sigmas[0])
    return curves(f"parting-{mine.datasets[0]}", panels, caption, alt, found, colour=ARM, live=seen)


def _worse(measured: Measured, n_train: int) -> str:
    """Up to which noise level networks that are not told make things worse, on average."""
    gains = measured.arm("blind").where(metric=list(GAINS), who=["A", "B"], n_train=n_train).means("sigma").sort_index()
    worse = gains[(gains < 0).cummin()]
    return (
        "" if worse.empty else f"; up to σ = {worse.index.max():g} those that are not told add error (N = {n_train:,})"
    )


def _said(at: pd.Series) -> str:
    kinds = ", ".join(f"{kind} {at[kind] ** 0.5:.2g}" for kind in causes.KINDS if pd.notna(at.get(kind)))
    return f"At sigma {at.sigma:g}, N = {at.n_train:,}, models differ by, in units of the noise: {kinds}"


def in_time(measured: Measured, sigma: float) -> Figure | None:
    """Gain and difference of two models over training time at one sigma, of one data set: a line for each n_train.

    A panel for each kind of TELLING that was trained for several times.
    None where nothing was trained for several times.
    """
    panels, every = [], measured.arm(*(arm for kind in TELLING for arm in times.every(kind)))
    at = every.map(_by_kind).where(sigma=sigma)
    at = at.map(lambda table: table[table.groupby(TRAINED).step.transform("nunique") > 1])
    if at.shown.empty:
        return None
    for of, metric, axis, look in ((GAINED, GAINS, GAIN, {"rule": Rule(0)}), (APART_BY, causes.APART, APART, LOG)):
        panels += [
            Panel(at.where(arm=arm, metric=metric), of[arm], axis, words, **look)
            for arm, words in TELLING.items()
            if arm in at.arms
        ]
    caption = (
        f"{at.name} at σ = {sigma:g}, against training time; every point is a training of its own: gain over doing "
        "nothing on new samples, and difference of two models, trained on other data (solid) and on the same (dashed). "
        "Our training weighs low noise more than the paper's."
    )
    alt = f"Gain and difference of two models at sigma {sigma:g} at {sorted(at.shown.step.unique())} steps."
    return curves(
        f"parting-in-time-{at.datasets[0]}",
        panels,
        caption,
        alt,
        at.shown,
        across="step",
        in_a_row=3 if len(at.arms) == 3 else 2,
    )


def _by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Arms of training time under the names of their kinds."""
    return table.assign(arm=table.arm.map(times.kind))


def by_mode(measured: Measured) -> Figure:
    """Difference of two models over n_train, along directions of much variance, of some and of little; and theory."""
    lines = [*pairs("difference"), *LINEAR]
    panels = [
        Panel(mine, lines, APART, f"σ = {sigma:g}: {words}", scale="log")
        for sigma in measured.sigmas
        for band, words in BANDS.items()
        if not (mine := measured.arm("told").where(sigma=sigma, metric=f"{causes.APART}_{band}")).shown.empty
    ]
    caption = (
        "Difference of two models against samples a side, along the principal directions of the data by their variance "
        "v: networks of other data (solid) and of the same (dashed), two linear filters (dotted) and linear theory for "
        "these (circles)."
    )
    names, few_and_many = ", ".join(measured.datasets), (min(measured.sizes), max(measured.sizes))
    said = ("; ".join(_in_panel(panel, n) for panel in panels) for n in few_and_many)
    alt = f"Difference of two models of {names} by direction, beside linear theory. {'. '.join(said)}."
    return curves("parting-by-mode", panels, caption, alt, colour=DATASET, across="n_train")


def _in_panel(panel: Panel, n_train: int) -> str:
    """What a panel has at one n_train, in words."""
    here = panel.measured.where(n_train=n_train).shown.groupby("who").value.mean()
    parts = [f"{here[who]:.3g} for {words}" for who, words in MODE_WORDS.items() if who in here]
    return f"N = {n_train:,}, {panel.title}: {', '.join(parts) or 'not measured'}"


def coverage(measured: Measured) -> Figure:
    """Share of noisy points near a training point over sigma, and how far A is there from the ideal denoiser."""
    told = measured.arm("told")
    share = [Line({"who": "training set"}, "covered")]
    panels = [Panel(told.where(metric="coverage"), share, "share that is covered", "Coverage")]
    for ending, title in PLACES.items():
        far = [Line({"who": "A-ideal"}, f"from the ideal, {title.lower()}")]
        panels.append(Panel(told.where(metric=f"distance_over_noise{ending}"), far, FAR, title, scale="log"))
    panels = [panel for panel in panels if not panel.measured.shown.empty]
    caption = (
        "First: share of new noisy points that lie as near to a training point as its own noisy copies do. Then: "
        "distance of a network from the ideal denoiser of its training set, which knows it by heart; its own path is "
        "where it goes when it makes samples."
    )
    low = min(told.sigmas)
    least = told.where(metric="coverage", sigma=low).shown.groupby("n_train").value.mean()
    shares = ", ".join(f"{share:.2g} with N = {n:,}" for n, share in least.items())
    alt = f"Share of new points of {', '.join(measured.datasets)} near a training point at sigma {low:g}: {shares}."
    return curves("parting-coverage", panels, caption, alt)
