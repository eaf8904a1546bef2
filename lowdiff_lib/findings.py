"""What the tables say, as sentences. No number and no verdict is typed: each is computed here when a chapter runs."""

import pandas as pd

from lowdiff_lib.tables import spread


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.n_train == table.groupby("dataset").n_train.transform("max")]


def _at(table: pd.DataFrame, **where) -> float:
    for column, value in where.items():
        table = table[table[column] == value]
    return float(table.value.mean())


def possible_gain(table: pd.DataFrame) -> str:
    """What the exact denoiser gains at the smallest sigma, where most and where least."""
    low = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    return (
        f"At σ = {table.sigma.min():g} the best possible denoiser gains {low.max():.2g} dB over "
        f"doing nothing on {low.idxmax()}, and "
        f"{low.min():.2g} dB on {low.idxmin()}."
    )


def mixture_agreement(table: pd.DataFrame) -> str:
    """How A-B agreement moves with N at the smallest sigma, and how much the twin already has; a list by data set."""
    cosine = table[table.metric == "residual_cosine"]
    low, high = cosine.sigma.min(), cosine.sigma.max()
    lines = []
    for dataset, mine in cosine.groupby("dataset", sort=False):
        few, many = mine.n_train.min(), mine.n_train.max()

        def at(n: int, sigma: float, pair: str, mine: pd.DataFrame = mine) -> str:
            return f"{_at(mine, n_train=n, sigma=sigma, pair=pair):.2f}"

        lines.append(
            f"- **{dataset}**: with N = {few:,} samples a side, models trained on disjoint data "
            f"have a residual cosine of {at(few, high, 'A-B')} "
            f"at σ = {high:g} and of {at(few, low, 'A-B')} at σ = {low:g} (twins: "
            f"{at(few, low, 'twin')}). With N = {many:,} "
            f"it is {at(many, high, 'A-B')} and {at(many, low, 'A-B')} (twins: {at(many, low, 'twin')})."
        )
    return "\n".join(lines)


def against_published(table: pd.DataFrame, published: pd.DataFrame | None) -> str:
    """How far a re-run is from the published table of its experiment, by the residual cosine of A and B."""
    if published is None:
        return "*No table is published for this chapter yet: the curves are those of this machine alone.*"
    keys = ["dataset", "n_train", "sigma"]
    means = [
        one[(one.metric == "residual_cosine") & (one.pair == "A-B")].groupby(keys)["value"].mean()
        for one in (table, published)
    ]
    apart = (means[0] - means[1]).abs().dropna()
    if apart.empty:
        return "*The published table and this re-run have no data set and N in common.*"
    dataset, n_train, sigma = apart.idxmax()
    return (
        f"Residual cosines of A and B in this re-run are {apart.median():.2f} from the published ones in the median "
        f"and {apart.max():.2f} at most ({dataset}, N = {n_train:,}, σ = {sigma:g}), over {len(apart)} places "
        "that both have."
    )


def mixture_gate(table: pd.DataFrame) -> str:
    """The first gate on mixtures: does each model at the largest N beat the identity at every sigma?"""
    errors = _largest(table)
    errors = errors[(errors.metric == "relative_score_error") & errors.pair.isin(["A", "B"])]
    lines = []
    for dataset, mine in errors.groupby("dataset", sort=False):
        worst = mine.loc[mine.value.idxmax()]
        verdict = "holds" if worst.value < 1 else "**does not hold**"
        lines.append(
            f"- {dataset}, N = {worst.n_train:,}: {verdict}. The largest relative score error of "
            "any model at any noise level is "
            f"{worst.value:.2f}, at σ = {worst.sigma:g}; the identity scores 1."
        )
    return "\n".join(lines)


def budget_gate(once: pd.DataFrame, twice: pd.DataFrame) -> str:
    """The third gate: how far twice the training moves the residual cosine of A and B at the largest N."""
    lines = []
    for dataset, mine in _largest(twice).groupby("dataset", sort=False):
        n_train = mine.n_train.max()
        curves = []
        for table in (once, mine):
            keep = (table.dataset == dataset) & (table.n_train == n_train) & table.pair.isin(["A-B"])
            keep &= (table.metric == "residual_cosine") & table.seed.isin(mine.seed.unique())
            curves.append(spread(table[keep], ["sigma"]).set_index("sigma")["mean"])
        change = (curves[1] - curves[0]).rename("change")
        sigma = change.abs().idxmax()
        settled = change.abs()[change.abs() < 0.05].index
        lines.append(
            f"- {dataset}, N = {n_train:,}: twice the steps move the A-B residual cosine by at "
            f"most {change.abs().max():.2f} "
            f"(at σ = {sigma:g}, from {curves[0][sigma]:.2f} to {curves[1][sigma]:.2f}), and by less than 0.05 at "
            f"{len(settled)} of {len(change)} noise levels."
        )
    return "\n".join(lines)


def face_gate(table: pd.DataFrame) -> str:
    """The first gate on faces: is the held-out gain at the largest N positive at every sigma?"""
    gains = _largest(table)
    gains = gains[(gains.metric == "psnr_gain_held_out") & (gains.pair == "A")]
    worst = gains.loc[gains.value.idxmin()]
    verdict = "holds" if worst.value > 0 else "**does not hold**"
    return (
        f"- {worst.dataset}, N = {worst.n_train:,}: {verdict}. The smallest held-out gain at any "
        "noise level and seed is "
        f"{worst.value:+.2f} dB, at σ = {worst.sigma:g}."
    )


def face_agreement(table: pd.DataFrame) -> str:
    """A-B agreement at small and large sigma for the smallest and largest N, with the twin."""
    cosine = table[table.metric == "residual_cosine"]
    gain = table[(table.metric == "psnr_gain_held_out") & (table.pair == "A")]
    low, high = cosine.sigma.min(), cosine.sigma.max()
    parts = []
    for n_train in (cosine.n_train.min(), cosine.n_train.max()):
        at = {
            (sigma, pair): _at(cosine, n_train=n_train, sigma=sigma, pair=pair)
            for sigma in (low, high)
            for pair in ("A-B", "twin")
        }
        parts.append(
            f"With N = {n_train:,} face{'s' if n_train > 1 else ''} a side, the residual cosine "
            "of A and B on held-out faces is "
            f"{at[high, 'A-B']:.2f} at σ = {high:g} and {at[low, 'A-B']:.2f} at σ = {low:g}; that of A and its twin is "
            f"{at[high, 'twin']:.2f} and {at[low, 'twin']:.2f}. The held-out gain at σ = {low:g} is "
            f"{_at(gain, n_train=n_train, sigma=low):+.2f} dB."
        )
    return " ".join(parts)


def trajectory_branching(table: pd.DataFrame) -> str:
    """At which noise level trajectories of A and B are a tenth of the data's spread apart, and where they end."""
    lines = []
    for (dataset, n_train), mine in table.groupby(["dataset", "n_train"], sort=False):
        parts = []
        for pair, name in (("A-B", "A and B"), ("twin", "A and its twin")):
            curve = mine[mine.pair == pair].groupby("sigma")["value"].mean()
            apart = curve[curve > 0.1]
            where = f"part above σ = {apart.index.max():.2g}" if len(apart) else "never part"
            parts.append(f"{name} {where} and end {curve.iloc[0]:.2f} apart")
        lines.append(f"- {dataset}, N = {n_train:,}: {'; '.join(parts)}.")
    return "\n".join(lines)


def attractor_shares(table: pd.DataFrame) -> str:
    """What perturbed held-out points return to, for the smallest and largest n_train, at the smallest sigma."""
    held_out = table[(table.pair == "held-out") & (table.sigma == table.sigma.min())]
    lines = []
    for dataset, mine in held_out.groupby("dataset", sort=False):
        for n_train in (mine.n_train.min(), mine.n_train.max()):
            at = mine[mine.n_train == n_train].groupby("metric")["value"].mean()
            lines.append(
                f"- {dataset}, N = {n_train:,}, σ = {mine.sigma.iloc[0]:g}: "
                f"{at['rests_at_training_point']:.0%} of perturbed held-out "
                f"points come to rest at a training point, {at['rests_at_mode']:.0%} at a mode of the true density."
            )
    return "\n".join(lines)
