"""What came out of each experiment of the paper here, in a sentence or two, from the published tables alone."""

from lowdiff_lib.base.words import listed, number, table
from lowdiff_lib.findings.blindness import blindness_answer
from lowdiff_lib.findings.objectives import gain_by_objective, objective_effect
from lowdiff_lib.findings.perturbed import perturbed_answer
from lowdiff_lib.findings.robustness import face_response
from lowdiff_lib.findings.say import because, decibels, gained, percent
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import agreement_levels, learned

of = Measured.in_data


def copies() -> str:
    """How many samples are copies of a training face, and how alike those of A and B are, by n_train."""
    mine = of("memorisation", "told")
    copied = mine.where(metric="memorised", who="A").means("n_train")
    alike = mine.where(metric="sample_cosine", who=["A-B", "A-twin", "wiener"]).means("n_train", "who").unstack("who")
    return table(
        "How many samples are copies of a training face, and how alike two samples from the same noise are (cosine):",
        ("N", "copies", "A and B", "A and its twin", "two linear filters"),
        (
            (f"{n:,}", percent(share), *(f"{alike[who][n]:.3f}" for who in ("A-B", "A-twin", "wiener")))
            for n, share in copied.items()
        ),
    )


CROSSED = ("told", "blind", "told-plain", "blind-weighted")  # told or not, trained like ours or not


def denoised() -> str:
    """What is gained at the lowest noise level, told and not told, beside the linear filter, at the largest n_train."""
    mine = of("face_blindness", *CROSSED).common.largest  # the same repetitions as in `near_and_far`
    low = mine.sigmas[0]
    at = mine.where(sigma=low, metric="psnr_gain_held_out")
    told, linear, blind = (
        at.mean(arm=arm, who=who) for arm, who in (("told", "A"), ("told", "wiener"), ("blind", "A"))
    )
    seen = mine.mean(sigma=low, metric="psnr_gain_train", who="A", arm="blind")
    return (
        f"N = {mine.sizes[-1]:,}, σ = {low:g}: told σ, A {gained(told)} on new faces (the linear filter "
        f"{gained(linear)}). Not told, as the paper's denoiser is not, it {gained(blind)}; on its own training faces "
        f"it {gained(seen)}."
    )


def earlier_in_brief() -> str:
    """What the authors' earlier network gains at the lowest noise level, most samples, beside the best possible."""
    mine = of("parting", "earlier").where(metric="psnr_gain").largest
    low = mine.sigmas[0]
    gains = mine.where(sigma=low).means("dataset", "who").unstack("who")
    said = (f"{name} {decibels(row['A'])} dB ({decibels(row['best blind'])})" for name, row in gains.iterrows())
    return f"σ = {low:g}, N = {mine.sizes[-1]:,}: theirs gains (and the best possible, not told) on {listed(said)}"


def ends_of_two() -> str:
    """Cosines of the outputs of A and B, not told, from the photograph and from the most noise, with the twin's."""
    mine = of("face_starts", "blind").where(metric="output_cosine")
    rows, part = [], []
    for each in mine.each("n_train"):
        near, twin, far = _ends(each)
        part += [f"{each.sizes[0]:,}"] if near < far else []
        rows.append(
            (f"{each.sizes[0]:,}", f"{near:.2f}", f"{twin:.2f}", because((1 - twin) / (1 - near)), f"{far:.2f}")
        )
    where = f"with N = {listed(part)} alone" if part else "with no N"
    said = "with each N" if len(part) == len(rows) else where
    return table(
        f"From the photograph they end less alike than from noise {said}. How alike the pictures are that two networks "
        "end at, not told σ (cosine), from the photograph itself and from the most noise, "
        f"σ = {mine.sigmas[-1]:g}:",
        ("N", "A and B, photograph", "A and its twin", "why those differ", "A and B, most noise"),
        rows,
    )


def ends_in_brief() -> str:
    """The same in a sentence, with the most faces."""
    mine = of("face_starts", "blind").where(metric="output_cosine").largest
    near, twin, _ = _ends(mine)
    why = because((1 - twin) / (1 - near))
    return f"with {mine.sizes[0]:,} faces, from the photograph, cosine {near:.2f}, twins {twin:.2f}: {why}"


def _ends(measured: Measured) -> tuple[float, ...]:
    """Of A and B near the photograph, of A and its twin there, of A and B far from it."""
    low, high = measured.sigmas[0], measured.sigmas[-1]
    return tuple(measured.mean(who=who, sigma=sigma) for who, sigma in (("A-B", low), ("A-twin", low), ("A-B", high)))


def near_and_far() -> str:
    """The paper's first finding on faces, told and not told, and where two of them end."""
    return f"{blindness_answer(of('face_blindness', *CROSSED))}\n\n{ends_of_two()}"


def levels_of_agreement() -> str:
    """Down to which noise level A and B agree, and A and its twin: the median over the mixtures, by n_train."""
    levels = agreement_levels(of("training_set_size", "told").shown)
    middle = levels.groupby(["n_train", "who"])["value"].median().unstack("who")
    return table(
        f"The noise level σ down to which two models agree, median over {levels.dataset.nunique()} mixtures:",
        ("N", "A and B", "A and its twin"),
        ((f"{n:,}", number(row["A-B"]), number(row["A-twin"])) for n, row in middle.iterrows()),
    )


def shapes() -> str:
    """Residual cosine of A and B at the lowest noise level and the largest n_train, by data set, with the twin's."""
    mine = of("training_set_size", "told").where(metric="residual_cosine").largest
    low = mine.sigmas[0]
    at = mine.where(sigma=low, who=["A-B", "A-twin"]).means("dataset", "who").unstack("who")
    return table(
        f"How alike two models answer (residual cosine) at σ = {low:g}, with {mine.sizes[-1]:,} samples:",
        ("mixture", "A and B", "A and its twin"),
        ((str(name), f"{row['A-B']:.2f}", f"{row['A-twin']:.2f}") for name, row in at.iterrows()),
    )


def objectives() -> str:
    """What the objective changes on mixtures and on faces."""
    return f"{objectives_on_mixtures()}\n\n{gain_by_objective(of('denoising_faces', 'told', 'ncsn', 'ssm').common)}"


def objectives_on_mixtures() -> str:
    """Score error of the other objectives beside the denoiser's."""
    return objective_effect(of("training_set_size", "told", "ncsn", "ssm"), 0.1)


def response() -> str:
    """What is left of a small change of a noisy face."""
    return face_response(of("robustness", "told"))


def along_the_sampler() -> str:
    """How far apart A and B end that start from the same noise, by n_train, with the twin's."""
    mine = of("face_trajectories", "told").where(metric="trajectory_distance")
    ends = mine.where(sigma=mine.sigmas[0]).means("n_train", "who").unstack("who")
    return table(
        "How far apart two end that start from the same noise, in units of the spread of the faces:",
        ("N", "A and B", "A and its twin"),
        ((f"{n:,}", f"{row['A-B']:.2f}", f"{row['A-twin']:.2f}") for n, row in ends.iterrows()),
    )


def disturbed() -> str:
    """What comes back of disturbed faces, by the paper's sampler."""
    return perturbed_answer(of("face_perturbed", "told", "blind"))


def iterated() -> str:
    """Share of disturbed new faces that end as a training face, denoised again and again, at the highest sigma."""
    mine = of("face_attractors", "told").where(metric="rests_at_training_face_held_out", who="A")
    high = mine.sigmas[-1]
    shares = mine.where(sigma=high).means("n_train")
    few, many = (f"{percent(shares[n])} with N = {n:,}" for n in (mine.sizes[0], mine.sizes[-1]))
    return f"Of new faces with noise of σ = {high:g} come to rest at a training face: {few}, {many}."


def scores() -> str:
    """Relative score error at the lowest noise level: median over mixtures and models, by n_train and dimension."""
    mine = of("training_set_size", "told").where(metric="relative_score_error", who=["A", "B"])
    low = mine.sigmas[0]
    middle = mine.where(sigma=low).shown.groupby(["n_train", "dim"])["value"].median().unstack("dim")
    return table(
        f"Squared error of the score over its size at σ = {low:g}, median over mixtures and models; 1 is no better "
        "than no score at all:",
        ("N", *(f"in {dim} dimensions" for dim in middle.columns)),
        ((f"{n:,}", *map(number, row)) for n, row in middle.iterrows()),
    )


def published_networks() -> str:
    """With how many faces the paper's score networks learned something, by arm."""
    found = learned(of("denoising_faces", "told", "ncsn-published", "ssm-published").shown)
    said = []
    for arm, mine in found[found.arm != "told"].groupby("arm"):
        some = mine.groupby("n_train").learned.any()
        sizes = listed(f"{n:,}" for n in some[some].index)
        words = f"learned something with {sizes} faces" if sizes else "**did not train**"
        said.append(f"{str(arm).removesuffix('-published')} {words}")
    return "; ".join(said)
