"""The first page: what was found, how it was looked for, and what was not run."""

from lowdiff_lib.findings.say import brief
from lowdiff_lib.tables import manifest

TOLD = ("preconditioned", "score")  # parametrisations of networks that are told the noise level
PAPER_PIXELS, PAPER_FACES = 80, 99_325  # a side of a picture, and faces on one side, in the paper


def row(question: str, answer: str, chapter: str) -> str:
    """A question, the beginning of its answer, and a link to the chapter that has the rest."""
    return f"## {question}\n\n{brief(answer)} {{doc}}`More <{chapter}>`"


def lead() -> str:
    """What the paper reports, and what was added."""
    return (
        "Two diffusion models trained on *different* photographs agree in much noise. [Pavlova and Wei]"
        "(https://arxiv.org/abs/2506.07841) report that near the data they part. "
        "We added a control, the {term}`twin`: the *same* data, trained twice."
    )


def scope() -> str:
    """What was trained on, and what of the paper was not run, by what is published."""
    seen = [run | entry["settings"] for entry in manifest.entries() for run in entry["runs"].values()]
    networks = len({run for entry in manifest.entries() for run in entry["runs"]})
    photographs = [run for run in seen if run["resolution"]]
    pixels = sorted({run["resolution"] for run in photographs})
    faces, points = max(run["n_train"] for run in photographs), max(r["n_train"] for r in seen if not r["resolution"])
    missing = [f"{PAPER_PIXELS}x{PAPER_PIXELS} pixels"] * (pixels[-1] < PAPER_PIXELS)
    missing += [f"{PAPER_FACES:,} faces a side"] * (faces < PAPER_FACES)
    for name, objective in (("NCSN", "ncsn"), ("SSM", "ssm")):
        run_as_published = any((run.get("network"), run["objective"]) == ("ncsn", objective) for run in seen)
        missing += [f"the paper's {name}"] * (not run_as_published)
    said = f"Not run: {', '.join(missing)}. " if missing else ""
    mixtures = len({run["dataset"] for run in seen if not run["resolution"]})
    told = sum(run["parametrisation"] in TOLD for run in seen)
    most = "most" if 2 * told > len(seen) else "some"
    return (
        f"**Scope.** {networks:,} networks, {most} told σ (the paper's {{doc}}`is not <blindness>`); faces up to "
        f"{pixels[-1]}x{pixels[-1]} pixels and {faces:,} a side; {mixtures} Gaussian mixtures, up to {points:,} "
        f"points. {said}".rstrip()
    )
