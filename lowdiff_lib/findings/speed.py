"""How fast the library is, as `make bench` measured it. Of a table that is not there, nothing but how to make it."""

import pandas as pd

UNMEASURED = (
    "*The speed was not measured yet.* `make bench` does it: about twelve minutes on a machine that is otherwise idle."
)
NOT_MEASURED = "*Not measured yet.*"
VARIANTS = {
    "in bfloat16": "bfloat16 (autocast)",
    "channels last": "The channels-last layout",
    "in bfloat16, channels last": "The two together",
    "compiled": "Compiling (torch.compile)",
    "in bfloat16, compiled": "Compiling, in bfloat16",
}
WORDS = {"of_limit": "of the limit", "times_peer": "times the peer", "ours": ""}


def speed_goals(table: pd.DataFrame, about: dict) -> str:
    """On what machine, how many goals are met, and each that is missed with what was reached."""
    goals = table[table.goal.notna()]
    if goals.empty:
        return UNMEASURED
    met = goals.met.astype(bool)
    lines = [
        f"Measured on {about.get('processor', 'an unknown processor')} ({about.get('machine', '')}) on "
        f"{about.get('date', '')[:10]}, commit {about.get('commit', 'unknown')}: "
        f"{met.sum()} of {len(goals)} goals are met."
    ]
    if not met.all():
        missed = goals[~met].fillna({"peer": ""}).groupby(["subject", "goal", "peer"], sort=False)
        lines += ["", "Missed:", "", *(_missed(subject, goal, peer, of) for (subject, goal, peer), of in missed)]
    return "\n".join(lines)


def _missed(subject: str, goal: str, peer: str, cases: pd.DataFrame) -> str:
    """What was reached of one goal, over all cases that miss it."""
    column, sign, number = goal.split()
    than = "at least" if sign == ">=" else "at most"
    low, high = (f"{value:.2g}" for value in (cases[column].min(), cases[column].max()))
    reached = low if low == high else f"{low} to {high}"
    what = f"{reached} {WORDS[column]}".strip() + (f" ({peer})" if column == "times_peer" else "")
    where = cases.case.iloc[0] if len(cases) == 1 else f"{len(cases)} cases"
    return f"- {subject}, {where}: {what}; the goal is {than} {number}."


def speed_shares(table: pd.DataFrame) -> str:
    """What a step of training spends its time on, by stack."""
    shares = table[table.subject == "profile"]
    if shares.empty:
        return NOT_MEASURED
    parts = shares.case.str.rsplit(": ", n=1, expand=True)
    lines = []
    for case, mine in shares.groupby(parts[0], sort=False):
        inside = ", ".join(f"{part} {share:.0%}" for part, share in zip(parts[1][mine.index], mine.ours, strict=True))
        lines.append(f"- {case}: {inside}.")
    return "\n".join(lines)


def speed_variants(table: pd.DataFrame) -> str:
    """Whether bfloat16, channels-last and compiling would pay on the machine that was measured."""
    images = table[table.subject == "images"]
    if images.empty:
        return NOT_MEASURED
    sentences = []
    for variant, name in VARIANTS.items():
        if variant not in set(images.peer):
            continue
        rates = 1 / images[images.peer == variant].times_peer
        verdict = "always" if rates.min() > 1 else "never" if rates.max() < 1 else "in some of these cases"
        sentences.append(
            f"{name}: faster here {verdict}, {rates.min():.2f} to {rates.max():.2f} times the speed of float32."
        )
    apart = images[images.unit == "dB apart"]
    if len(apart):
        moved = "; ".join(f"{case}, {value:.2g} dB" for case, value in zip(apart["case"], apart.ours, strict=True))
        sentences.append(f"How far apart gains on new faces are, at the noise level where most: {moved}.")
    same = images[images.peer == "plain network"].times_peer
    sentences.append(
        f"Against the same network written plainly, ours is {same.min():.2f} to {same.max():.2f} times as fast."
    )
    return " ".join(sentences)


def speed_growth(table: pd.DataFrame) -> str:
    """The fitted exponents, with quartiles where there are repeats."""
    fits = table[(table.subject == "growth") & (table.unit == "exponent")]
    if fits.empty:
        return NOT_MEASURED
    spread = [f" ({f.ours_low:.2f} to {f.ours_high:.2f})" * (f.repeats > 1) for f in fits.itertuples()]
    return "\n".join(f"- {f.case}: {f.ours:.2f}{s}" for f, s in zip(fits.itertuples(), spread, strict=True))


def speed_estimate(table: pd.DataFrame, gpu_peak: float, gpu_share: float, gpus: int) -> str:
    """What the paper's full grid would take. gpu_peak: TFLOP/s; gpu_share: how much of it trainings are to reach.

    gpus: how many a cluster has; each trains runs of its own.
    """
    grid = table[table.subject == "paper"]
    if grid.empty:
        return NOT_MEASURED
    work = grid[grid.unit == "PFLOP"].set_index("case").ours
    hours = grid[grid.unit == "hours"].set_index("case").ours
    on_gpu = 1e3 * work / gpu_peak / gpu_share / 3600
    lines = [
        f"- {case}: {work[case]:,.3g} PFLOP; {_long(hours[case])} on this machine, {_long(on_gpu[case])} on the GPU."
        for case in work.index
    ]
    there = float(on_gpu.sum())
    assumed = (
        f"Together, {_long(float(hours.sum()))} on this machine, {_long(there)} on one GPU and {_long(there / gpus)} "
        f"on a cluster of {gpus}, each with runs of its own. An estimate, not a measurement: for this machine it "
        "takes the speed of a few steps, and two processes that do not slow each other down; for the GPU a peak of "
        f"{gpu_peak:g} TFLOP/s of which {gpu_share:.0%} are reached, which small networks may not."
    )
    return "\n".join([*lines, "", assumed])


def _long(hours: float) -> str:
    for unit, length in (("years", 24 * 365.25), ("days", 24), ("hours", 1)):
        if hours >= 2 * length or unit == "hours":
            return f"{hours / length:,.2g} {unit}"
    raise AssertionError
