"""What came out of each experiment of the paper here, in a sentence or two, from the published tables alone."""

from lowdiff_lib.findings.blindness import blindness_answer
from lowdiff_lib.findings.objectives import gain_by_objective, objective_effect
from lowdiff_lib.findings.perturbed import perturbed_answer
from lowdiff_lib.findings.robustness import face_response
from lowdiff_lib.findings.say import because
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import agreement_levels, learned

of = Measured.in_data


def copies() -> str:
    """How many samples are copies of a training face, and how alike those of A and B are, by n_train."""
    mine = of("memorisation", "told")
    copied = mine.where(metric="memorised", who="A").means("n_train")
    alike = mine.where(metric="sample_cosine", who=["A-B", "A-twin", "wiener"]).means("n_train", "who").unstack("who")
    shares = "; ".join(f"N = {n:,}: {share:.0%}, {alike['A-B'][n]:.3f}" for n, share in copied.items())
    most = alike.iloc[-1]
    return (
        "Share of samples that are copies of a training face, and cosine of the samples of A and B from the same "
        f"noise: {shares}. At the largest N, A and its twin have {most['A-twin']:.3f}, two linear filters "
        f"{most['wiener']:.3f}."
    )


def denoised() -> str:
    """What is gained at the lowest noise level, told and not told, beside the linear filter, at the largest n_train."""
    mine = of("face_blindness", "told", "blind").where(metric="psnr_gain_held_out").common.largest
    low = mine.sigmas[0]
    at = mine.where(sigma=low)
    told, linear, blind = (
        at.mean(arm=arm, who=who) for arm, who in (("told", "A"), ("told", "wiener"), ("blind", "A"))
    )
    seen = of("face_blindness", "blind").where(metric="psnr_gain_train", who="A").largest.mean(sigma=low)
    return (
        f"N = {mine.sizes[-1]:,}, σ = {low:g}: told σ, A gains {told:+.2f} dB on new faces (the linear filter "
        f"{linear:+.2f}); not told, as in the paper, {blind:+.2f} dB, and {seen:+.2f} dB on its own training faces."
    )


def ends_of_two() -> str:
    """Cosines of the outputs of A and B, not told, from the photograph and from the most noise, with the twin's."""
    mine = of("face_starts", "blind").where(metric="output_cosine")
    low, high = mine.sigmas[0], mine.sigmas[-1]
    said = []
    for each in mine.each("n_train"):
        near, twin, far = (
            each.mean(who=who, sigma=sigma) for who, sigma in (("A-B", low), ("A-twin", low), ("A-B", high))
        )
        why = because((1 - twin) / (1 - near))
        said.append(f"N = {each.sizes[0]:,}: {near:.2f} and {far:.2f}; twins {twin:.2f} near the photograph: {why}")
    return f"Cosine of the two outputs from the photograph itself, and from noise of σ = {high:g}. {'; '.join(said)}."


def near_and_far() -> str:
    """The paper's first finding on faces, told and not told, and where two of them end."""
    return f"{blindness_answer(of('face_blindness', 'told', 'blind').common)} {ends_of_two()}"


def levels_of_agreement() -> str:
    """Down to which noise level A and B agree, and A and its twin: the median over the mixtures, by n_train."""
    levels = agreement_levels(of("training_set_size", "told").shown)
    middle = levels.groupby(["n_train", "who"])["value"].median().unstack("who")
    said = "; ".join(f"N = {n:,}: {row['A-B']:.2g}, {row['A-twin']:.2g}" for n, row in middle.iterrows())
    return f"A and B agree down to σ =, and A and its twin, median over {levels.dataset.nunique()} mixtures: {said}."


def shapes() -> str:
    """Residual cosine of A and B at the lowest noise level and the largest n_train, by data set, with the twin's."""
    mine = of("training_set_size", "told").where(metric="residual_cosine").largest
    low = mine.sigmas[0]
    at = mine.where(sigma=low, who=["A-B", "A-twin"]).means("dataset", "who").unstack("who")
    said = ", ".join(f"{name} {row['A-B']:.2f} ({row['A-twin']:.2f})" for name, row in at.iterrows())
    return f"Residual cosine of A and B (of A and its twin) at σ = {low:g}, N = {mine.sizes[-1]:,}: {said}."


def objectives() -> str:
    """What the objective changes on mixtures and on faces."""
    return f"{objectives_on_mixtures()} {gain_by_objective(of('denoising_faces', 'told', 'ncsn', 'ssm').common)}"


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
    said = "; ".join(f"N = {n:,}: {row['A-B']:.2f}, {row['A-twin']:.2f}" for n, row in ends.iterrows())
    return f"Distance of the ends of A and B, and of A and its twin, in units of the spread of the faces: {said}."


def disturbed() -> str:
    """What comes back of disturbed faces, by the paper's sampler."""
    return perturbed_answer(of("face_perturbed", "told", "blind"))


def iterated() -> str:
    """Share of disturbed new faces that end as a training face, denoised again and again, at the highest sigma."""
    mine = of("face_attractors", "told").where(metric="rests_at_training_face_held_out", who="A")
    high = mine.sigmas[-1]
    said = ", ".join(f"{share:.0%} (N = {n:,})" for n, share in mine.where(sigma=high).means("n_train").items())
    return f"New faces with noise of σ = {high:g} that come to rest at a training face: {said}."


def scores() -> str:
    """Relative score error at the lowest noise level by n_train: median over mixtures and models, by dimension."""
    mine = of("training_set_size", "told").where(metric="relative_score_error", who=["A", "B"])
    low = mine.sigmas[0]
    middle = mine.where(sigma=low).shown.groupby(["dim", "n_train"])["value"].median()
    said = []
    for dim in middle.index.unique("dim"):
        values = ", ".join(f"{value:.2g} (N = {n:,})" for n, value in middle[dim].items())
        said.append(f"in {dim} dimensions {values}")
    return f"Relative score error at σ = {low:g}, 1 for a model that does nothing, median: {'; '.join(said)}."


def published_networks() -> str:
    """At how many noise levels the paper's score networks learned something, by arm and n_train."""
    found = learned(of("denoising_faces", "told", "ncsn-published", "ssm-published").shown)
    found = found[found.arm != "told"].groupby(["arm", "n_train"]).learned.agg(["sum", "size"])
    return "; ".join(
        f"{arm}, N = {n:,}: " + (f"learned something at {some} of {all_} noise levels" if some else "**did not train**")
        for (arm, n), (some, all_) in found.iterrows()
    )
