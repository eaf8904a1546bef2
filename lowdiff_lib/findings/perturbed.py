"""What comes back when faces, or points, are disturbed and the paper's sampler goes on from them."""

import pandas as pd

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import percent
from lowdiff_lib.tables import Measured

ARMS = {"blind": "Not told σ", "told": "Told σ"}
CONTROLS = {  # who is no network
    "wiener": "under the linear filter of the same faces",
    "exact": "under the exact denoiser",
    "best blind": "under the best possible denoiser that is not told σ",
    "identity": "with nothing done to them",
}
ALIKE = 0.1  # shares that differ by less come to the same
KIND = {"everywhere": "with noise everywhere", "part": "with noise in a part", "hidden": "with a part hidden"}
POINTS = ("train", "held_out")
RETURNED = [f"returned_{kind}_{points}" for kind in KIND for points in POINTS]
COPIED = [f"copied_{kind}_{points}" for kind in KIND for points in POINTS]


def perturbed_answer(measured: Measured, sample: str = "face") -> str:
    """Whether disturbed samples come back by the network's doing, at the largest n_train, not told σ if measured so.

    It is the network's doing where its share is more than ALIKE above the largest of who is no network.
    """
    arm = next(arm for arm in ARMS if arm in measured.arms)
    n_train = measured.arm(arm).sizes[-1]
    back = measured.mean(arm=arm, n_train=n_train, who="A", metric=RETURNED)
    who, control = _control(measured, arm, n_train)
    most = "most disturbed {}s come back" if back > 0.5 else "most disturbed {}s do not come back"
    if pd.isna(control):
        why = ""
    elif abs(back - control) < ALIKE:
        alone = ": coming back is no sign of an attractor" if back > 0.5 else ""
        why = f" {_sentence(who)} {control:.0%} do{alone}."
    else:
        more = "more" if back > control else "fewer"
        why = f" {_sentence(who)} {control:.0%} do, so the network brings back {more}."
    return (
        f"**{ARMS[arm]}, N = {n_train:,}, {most.format(sample)}.** Over all disturbances {back:.0%} end near the "
        f"original.{why}"
    )


def perturbed(measured: Measured, sample: str = "face") -> str:
    """By arm and n_train: shares that come back, that are copies, that end together, and that never came to rest."""
    rows, ran = [], 0.0
    for mine in (each for arm in ARMS if arm in measured.arms for each in measured.arm(arm).each("n_train")):
        arm, n_train = mine.shown.arm.iloc[0], mine.sizes[0]
        back = (_share(mine, [f"returned_{kind}_{p}" for p in POINTS]) for kind in KIND)
        pairs = (mine.mean(metric=[f"together_{kind}" for kind in KIND], who=who) for who in ("A-B", "A-twin"))
        _, control = _control(measured, arm, n_train)
        beside = "" if pd.isna(control) else percent(control)
        ran = max(ran, _share(mine, [f"ran_away_{kind}" for kind in KIND]))
        shares = map(percent, (*back, _share(mine, COPIED), *pairs))
        rows.append((f"{ARMS[arm].lower()}, {n_train:,}", *shares, beside))
    away = f"\n\nThe sampler of A ran away from up to {percent(ran)} of the starts." if ran else ""
    said = table(
        f"Shares of the disturbed {sample}s that come back, by how they were disturbed; that end as a training "
        f"{sample}; and from which two models end together. Last, how many come back without a network:",
        (
            "network, N", "everywhere", "in a part", "hidden", f"a training {sample}", "A and B", "A and its twin",
            "no network",
        ),
        rows,
    )  # fmt: skip
    return f"{said}{away}"


def perturbed_points(measured: Measured) -> str:
    """A section on disturbed points of mixtures, where the truth is known; nothing where none was run."""
    if not measured.arms:
        return ""
    said = (
        "### The same on mixtures\n\nThere the best possible denoiser is known. What is disturbed in part is a random "
        "half of the coordinates, and what is hidden is set to the mean.\n\n"
    )
    each = (
        f"On {of.name}: {perturbed_answer(of, 'point')}\n\n{perturbed(of, 'point')}" for of in measured.each("dataset")
    )
    return said + "\n\n".join(each)


def _share(mine: Measured, metrics: list[str]) -> float:
    return mine.mean(metric=metrics, who="A")


def _sentence(who: str) -> str:
    return f"{CONTROLS[who][0].upper()}{CONTROLS[who][1:]}"


def _control(measured: Measured, arm: str, n_train: int) -> tuple[str, float]:
    """Who is no network and brings back the most, and that share. The linear filter of faces is in the arm told."""
    found = {
        who: measured.mean(arm="told" if who == "wiener" else arm, n_train=n_train, who=who, metric=RETURNED)
        for who in CONTROLS
    }
    there = {who: share for who, share in found.items() if not pd.isna(share)}
    who = max(there, key=lambda name: there[name], default="")
    return who, there.get(who, float("nan"))
