"""How long it takes, and on what: what is published, and the paper's whole grid, by the speed that was measured."""

import pandas as pd

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import percent
from lowdiff_lib.tables import manifest

NOT_MEASURED = "*Not measured yet.*"
PEERS = {  # what is compared, in words: subject, and how its case begins
    "a training step of three networks on points of the plane": ("stacks", "2-D, 3 networks, batch 256"),
    "one on points with 100 coordinates": ("stacks", "100-D, 3 networks, batch 256"),
    "training the U-Net on faces of 20x20": ("images", "training, 20x20"),
    "training it on faces of 40x40": ("images", "training, 40x40"),
    "training it on faces of 80x80": ("images", "training, 80x80"),
    "training it in bfloat16 on faces of 20x20": ("images", "training in bfloat16, 20x20"),
    "training it in two processes on two cores": ("images", "training in two processes, float32"),
    "using it on faces of 20x20": ("images", "use, 20x20"),
    "the ideal denoiser": ("ideal", ""),
    "the exact score of a mixture": ("score", ""),
    "building this book when nothing changed": ("book", "a build where nothing changed"),
    "building it when a sentence changed": ("book", "a build where a sentence changed"),
}


def training_time(about: dict) -> str:
    """How many networks stand behind the published tables, for how long they were trained, and on what.

    about: the machine that speed was measured on, `tables.speed`; {} if that was not.
    """
    seconds = {key: run["seconds"] for entry in manifest.entries() for key, run in entry["runs"].items()}
    machine = f", on {about['processor']} ({about['machine']})" if about else ""
    return (
        f"**What is published took {_long(sum(seconds.values()) / 3600)} of training, one core at a time**: "
        f"{len(seconds):,} networks{machine}. To show it takes seconds, as nothing is trained for it."
    )


def speed_estimate(measured: pd.DataFrame, gpu_peak: float, gpu_share: float, gpus: int) -> str:
    """What the paper's full grid would take. gpu_peak: TFLOP/s; gpu_share: how much of it trainings are to reach.

    gpus: how many a cluster has; each trains runs of its own.
    """
    grid = measured[measured.subject == "paper"]
    if grid.empty:
        return NOT_MEASURED
    work = grid[grid.unit == "PFLOP"].set_index("case").ours
    hours = grid[grid.unit == "hours"].set_index("case").ours
    on_gpu = 1e3 * work / gpu_peak / gpu_share / 3600
    lines = table(
        "",
        ("what", "work, PFLOP", "on this machine", "on the GPU"),
        (
            (case, f"{work[case]:,.{0 if work[case] >= 100 else 1}f}", _long(hours[case]), _long(on_gpu[case]))
            for case in work.index
        ),
    )
    there = float(on_gpu.sum())
    assumed = (
        f"Together, {_long(float(hours.sum()))} on this machine, {_long(there)} on one GPU and {_long(there / gpus)} "
        f"on a cluster of {gpus}, each with runs of its own. An estimate, not a measurement: for this machine it "
        "takes the speed of a few steps, and two processes that do not slow each other down; for the GPU a peak of "
        f"{gpu_peak:g} TFLOP/s of which {gpu_share:.0%} are reached, which small networks may not."
    )
    return f"{lines}\n\n{assumed}"


def speed_peers(measured: pd.DataFrame) -> str:
    """How the library does beside other ways to do the same, and beside the machine's limit: a line for each."""
    found = []
    for what, (subject, case) in PEERS.items():
        rows = measured[(measured.subject == subject) & measured.case.str.startswith(case) & measured.peer.notna()]
        if rows.empty:
            continue
        rows = rows[rows.case == rows.case.iloc[0]]
        first = rows.iloc[0]
        beside, *more = (f"{row.times_peer:.2g} × {row.peer}" for row in rows.itertuples())
        speed = f"{first.ours:,.0f}" if first.ours >= 100 else f"{first.ours:.3g}"
        limits = rows[rows.of_limit.notna()]
        limit = percent(limits.of_limit.iloc[0]) if len(limits) else ""
        found.append((what, f"{speed} {first.unit}", beside, limit))
        found += [("", "", each, "") for each in more]
    head = ("what", "speed", "times as fast as", "of the limit")
    return table("", head, found) or NOT_MEASURED


def _long(hours: float) -> str:
    for unit, length in (("years", 24 * 365.25), ("days", 24), ("hours", 1), ("minutes", 1 / 60)):
        if hours >= 2 * length or unit == "minutes":
            return f"{hours / length:,.2g} {unit}"
    raise AssertionError
