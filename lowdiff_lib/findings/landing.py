"""The first page: what was found, how it was looked for, and what was not run."""

import pandas as pd

from lowdiff_lib.findings.say import brief, few
from lowdiff_lib.tables import Measured, manifest
from lowdiff_lib.tables.effect import NOTICED, effect_of_data, enough

TOLD = ("preconditioned", "score")  # parametrisations of networks that are told the noise level
PAPER_PIXELS, PAPER_FACES = 80, 99_325  # a side of a picture, and faces on one side, in the paper
FOUND = {  # whether the effect of other data is noticed with few, and with many
    (True, False): "They part because of their data only while they have few. With enough, two trainings on the same "
    "data part just as far.",
    (True, True): "They part because of their data, few or many: two trainings on the same data stay closer together.",
    (False, True): "They part because of their data once they have many; with few, two trainings on the same data "
    "part just as far.",
    (False, False): "They part, but not because of their data: two trainings on the same data part just as far.",
}


def headline(mixtures: Measured, faces: Measured) -> str:
    """What was found, by the largest effect of other data with few and with many, on mixtures and faces.

    Few is N = 10, or the smallest n_train above 1; many is the largest of each data set. The effect is how much the
    cosine of A and B is below that of twins where models beat doing nothing; it counts above NOTICED.
    """
    each = [effect_of_data(one.shown) for one in (mixtures, faces)]
    effects = pd.concat(each, ignore_index=True)
    least = max(few(mixtures), few(faces))
    largest = effects.groupby("dataset").n_train.transform("max")
    at_few, at_many = effects[effects.n_train == least].effect.max(), effects[effects.n_train == largest].effect.max()
    words = FOUND[bool(at_few > NOTICED), bool(at_many > NOTICED)]
    points, photographs = (enough(one) for one in each)
    where = (
        f"From {points:,} points or {photographs:,} faces on, other data cost less than {NOTICED:g} of it everywhere"
        if points and photographs and at_many <= NOTICED
        else f"With the most data it is {at_many:.2f}"
    )
    return (
        f"**{words}**\n\nWith {least:,} samples each, other data cost two models up to {at_few:.2f} of their agreement "
        f"(a cosine) at a noise level where they help at all. {where}."
    )


def row(question: str, answer: str, chapter: str) -> str:
    """A question, the beginning of its answer, and a link to the chapter that has the rest."""
    return f"## {question}\n\n{brief(answer)} {{doc}}`More <{chapter}>`."


def lead() -> str:
    """What the paper reports, and how many networks were trained to see."""
    runs = {run for entry in manifest.entries() for run in entry["runs"]}
    return (
        "Two diffusion models trained on *different* photographs agree where there is much noise. [Pavlova and Wei "
        "(2025)](https://arxiv.org/abs/2506.07841) report that near the data, where little noise is left, they part. "
        f"We trained {len(runs):,} networks to see, and added a control, the {{term}}`twin`: the *same* data, trained "
        "twice."
    )


def scope() -> str:
    """What was trained on, and what of the paper was not run, by what is published."""
    seen = [run | entry["settings"] for entry in manifest.entries() for run in entry["runs"].values()]
    photographs = [run for run in seen if run["resolution"]]
    pixels = sorted({run["resolution"] for run in photographs})
    faces, points = max(run["n_train"] for run in photographs), max(r["n_train"] for r in seen if not r["resolution"])
    missing = [f"pictures of {PAPER_PIXELS}x{PAPER_PIXELS} pixels"] * (pixels[-1] < PAPER_PIXELS)
    missing += [f"{PAPER_FACES:,} faces a side"] * (faces < PAPER_FACES)
    missing += ["the paper's own score networks"] * (not any(run.get("network") == "ncsn" for run in seen))
    said = f"Not run: {', '.join(missing)}. " if missing else ""
    mixtures = len({run["dataset"] for run in seen if not run["resolution"]})
    told = sum(run["parametrisation"] in TOLD for run in seen)
    most = "Most" if 2 * told > len(seen) else "Some"
    return (
        f"**Scope.** Faces of at most {pixels[-1]}x{pixels[-1]} pixels, at most {faces:,} a side; "
        f"{mixtures} mixtures of Gaussians, at most {points:,} points. {said}{most} of our networks are told "
        "how much noise there is; the paper's denoiser is not: see {doc}`blindness`."
    )
