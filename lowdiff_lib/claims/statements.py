"""The paper's sentences as code, under its four questions, each with our controls below it.

To add a claim is to add an entry to one of the lists, and, if none of `effects` is its number, a function there. While
nobody has measured its table it is "not measured", by itself.
"""

from functools import partial

from lowdiff_lib.claims import effects, needs, scores
from lowdiff_lib.claims.claim import (
    BLIND,
    CONTROL,
    ENDS,
    FACES,
    MODELS,
    NEAR,
    OBJECTIVES,
    OURS,
    PAPER,
    QUOTED,
    READING,
    RETURNS,
    SCORES,
    STARTS,
    Claim,
    Place,
)
from lowdiff_lib.claims.rule import Rule

TRAJECTORIES = "“… {} … shape denoising trajectories”"
ACCURACY = "“… {} … affect score accuracy”"
SIZE, GEOMETRY, OBJECTIVE = "training set size", "data geometry", "model objective choice"
PARTED = "an angle of 18 degrees"
TENFOLD = "a fifth, for ten times the data"
DOUBLE = "a factor of two"
DRAWN = "Where all repetitions have one draw of a random mixture, this is about that one, not about all of its kind."
COMPARED = "Judged where all three are better than doing nothing. The first two objectives are one loss up to a weight."
NOT_TOLD = "As the paper's networks, they are not told σ."

DIVERGENCE = (
    Claim(
        "outputs-converge", "From pure noise, A and B end alike", PAPER, QUOTED, 1,
        "1 - cosine of what A and B make of the same pure noise, seen from the mean of the data",
        Rule(0.1, above=False, log=True), "they agree to 0.9, 26 degrees", ENDS, effects.ends_apart, needs.no_level,
        quote="“… even when their high-noise outputs converge”",
    ),
    Claim(
        "diverge-near-the-data", "Near the data, A and B diverge", PAPER, QUOTED, 1,
        "1 - cosine of the residuals of A and B", Rule(0.05, log=True), PARTED, MODELS, effects.apart,
        quote="“… models trained on disjoint data diverge near the data manifold …”",
        note="Judged at the least noise at which models are better than doing nothing, whole and in each direction.",
    ),
    Claim(
        "because-of-data", "because of their data", CONTROL, OURS, 1,
        "cosine of A and its twin less cosine of A and B", Rule(0.05), PARTED, MODELS, effects.beyond_the_twin,
        under="diverge-near-the-data", headline=True,
        note="The twin saw the data of A and has the seed of B, so what A and B differ by beyond it is their data.",
    ),
    Claim(
        "more-than-half-is-data", "most of it because of their data", CONTROL, OURS, 1,
        "share of 1 - cosine of A and B that A and its twin have, too", Rule(0.5, above=False, log=True), "half",
        MODELS, effects.share_of_twin, under="diverge-near-the-data",
        note="However small the divergence is: read it with the row above.",
    ),
    Claim(
        "more-than-linear", "more than two linear filters do", CONTROL, OURS, 1,
        "cosine of the linear filters of A's and B's data less cosine of A and B", Rule(0.05), PARTED, MODELS,
        effects.beyond_linear, under="diverge-near-the-data",
        note="The best linear filters of two sets of data differ, too, and need no training.",
    ),
    Claim(
        "blind-diverge", "not told σ, they diverge, too", CONTROL, OURS, 1,
        "1 - cosine of the residuals of A and B", Rule(0.05, log=True), PARTED, BLIND, effects.apart,
        under="diverge-near-the-data",
        note=f"{NOT_TOLD} Judged where they have at most twice the error of the best that is possible without knowing "
        "σ; on faces, where that is not known, where they are better than doing nothing. Two that are wrong in the "
        "same way have a cosine near 1 however far they are apart: see whether it is because nobody tells them σ.",
    ),
    Claim(
        "blind-because-of-data", "not told σ, because of their data", CONTROL, OURS, 1,
        "cosine of A and its twin less cosine of A and B", Rule(0.05), PARTED, BLIND, effects.beyond_the_twin,
        under="diverge-near-the-data", headline=True, note=NOT_TOLD,
    ),
    Claim(
        "because-untold", "because nobody tells them σ", CONTROL, OURS, 1,
        "root mean square difference of the residuals of A and B that are not told σ, in that of those that are and "
        "are trained alike",
        Rule(2.0, log=True), DOUBLE, BLIND, effects.apart_untold, needs.lowest, under="diverge-near-the-data",
        note="At the lowest σ that was measured, whatever the models are worth there.",
    ),
    Claim(
        "because-of-training", "because of how they are trained", CONTROL, OURS, 1,
        "root mean square difference of the residuals of A and B by the paper's training, in that by ours; not told σ",
        Rule(2.0, log=True), DOUBLE, BLIND, effects.apart_by_training, needs.lowest, under="diverge-near-the-data",
        note="At the lowest σ that was measured. If this row and the one above both hold, either change alone keeps A "
        "and B together.",
    ),
    Claim(
        "outputs-part", "From little noise, they end apart", PAPER, READING, 1,
        "cosine of the outputs of A and B, started with much noise on a photograph, less that with none",
        Rule(0.05), PARTED, STARTS, effects.outputs_part, needs.no_level,
        note=f"{NOT_TOLD} By the paper's sampler; outputs of samplers that ran away do not count.",
    ),
    Claim(
        "outputs-part-by-data", "because of their data", CONTROL, OURS, 1,
        "cosine of the outputs of A and twin less that of A and B, started with no noise on a photograph",
        Rule(0.05), PARTED, STARTS, effects.output_beyond_the_twin, needs.lowest,
        under="outputs-part",
    ),
    Claim(
        "agree-further-down", "More data: agreement at less noise", PAPER, READING, 1,
        "log10 of the σ down to which A and B agree to 0.9, over that with fewer samples, for ten times the data",
        Rule(-0.1, above=False), TENFOLD, MODELS, effects.change_of_level, needs.no_level,
        note="From one n_train to the next, never from one sample. Where they agree as far down as models are better "
        "than doing nothing, the true change is larger: the claim can hold there, but not fail.",
    ),
)  # fmt: skip

DENOISING = (
    Claim(
        "denoise-a-little", "A little noise is removed", PAPER, QUOTED, 2,
        "PSNR gain on held-out samples at the lowest σ [dB]", Rule(0.0), "what doing nothing gains",
        (*FACES, Place("parting")), effects.gain, needs.lowest,
        quote="“… effective denoisers when the corruption level is small …”",
        note="The abstract asks this; it does not claim it. The networks here are told σ. Where the exact denoiser "
        "gains next to nothing, there is nothing to remove.",
    ),
    Claim(
        "blind-denoise-a-little", "by networks that are not told σ", CONTROL, OURS, 2,
        "PSNR gain on held-out samples at the lowest σ [dB]", Rule(0.0), "what doing nothing gains", BLIND,
        effects.gain, needs.lowest, under="denoise-a-little", note=NOT_TOLD,
    ),
    Claim(
        "objective-shapes-denoising", "The objective decides how well", PAPER, READING, 2,
        "PSNR gain, best less worst of three objectives, less the same of three trainings of one [dB]",
        Rule(1.0), "a fifth of the squared error", (Place("denoising_faces", chapter="objectives"),),
        partial(effects.spread_of_objectives, metric="psnr_gain_held_out", log=False),
        needs.near_in_every(effects.OBJECTIVES),
        note=COMPARED,
    ),
)  # fmt: skip

DYNAMICS = (
    Claim(
        "size-shapes-trajectories", "More data: ends closer together", PAPER, QUOTED, 3,
        "log10 of 1 - cosine of the ends of A and B, over that with fewer samples, for ten times the data",
        Rule(-0.1, above=False), TENFOLD, ENDS, effects.change_of_ends, needs.no_level, quote=TRAJECTORIES.format(SIZE),
    ),
    Claim(
        "trajectories-part-by-data", "ends apart because of their data", CONTROL, OURS, 3,
        "cosine of the ends of A and twin less that of A and B", Rule(0.05), PARTED, ENDS, effects.ends_beyond_the_twin,
        needs.no_level, under="size-shapes-trajectories", headline=True,
    ),
    Claim(
        "geometry-shapes-trajectories", "Geometry shapes trajectories", PAPER, QUOTED, 3,
        "log10 of 1 - cosine of the ends of A and B, over that on plainer data", Rule(0.3, either=True), DOUBLE,
        (Place("trajectories"),), partial(effects.against_plain, effect=effects.ends_apart), needs.no_level,
        quote=TRAJECTORIES.format(GEOMETRY),
        note=DRAWN,
    ),
    Claim(
        "objective-shapes-trajectories", "The objective shapes trajectories", PAPER, QUOTED, 3,
        "1 - cosine of the ends of A and B, largest less smallest of three objectives, less the same of one",
        Rule(0.05), PARTED, (Place("trajectories", "ncsn"),), effects.ends_apart, needs.no_level,
        quote=TRAJECTORIES.format(OBJECTIVE),
    ),
    Claim(
        "attractors", "Attractors: points come back", PAPER, READING, 3,
        "share of disturbed held-out samples that come back, mean over σ", Rule(0.5), "most of them", RETURNS,
        effects.returns, needs.no_level,
        note="By the paper's sampler, nearer to where they were than another sample is; where that was not measured, "
        "denoised again and again at one σ.",
    ),
    Claim(
        "attractors-of-their-own", "more than under the exact denoiser", CONTROL, OURS, 3,
        "share under A less that under the exact denoiser, mean over σ", Rule(0.1), "one in ten", RETURNS,
        partial(effects.returns, less=("exact", "best blind")), needs.no_level, under="attractors",
        note="The exact denoiser has points of rest, too: those of the density itself.",
    ),
    Claim(
        "attractors-come-back", "more than were near all along", CONTROL, OURS, 3,
        "share under A less that of disturbed samples before anything was done, mean over σ", Rule(0.1), "one in ten",
        RETURNS, partial(effects.returns, less=("identity",)), needs.no_level, under="attractors",
    ),
)  # fmt: skip

SCORE = (
    Claim(
        "size-shapes-the-score", "More data: a better score", PAPER, QUOTED, 4,
        "log10 of the relative score error, over that with fewer samples, for ten times the data",
        Rule(-0.1, above=False), TENFOLD, SCORES, scores.change_of_error, quote=ACCURACY.format(SIZE),
        note="From one n_train to the next, never from one sample.",
    ),
    Claim(
        "geometry-shapes-the-score", "Geometry shapes the score", PAPER, QUOTED, 4,
        "log10 of the relative score error, over that on plainer data", Rule(0.3, either=True), DOUBLE, SCORES,
        partial(effects.against_plain, effect=scores.error, at=needs.near), quote=ACCURACY.format(GEOMETRY),
        note=f"Networks that scale their output otherwise are not compared. {DRAWN}",
    ),
    Claim(
        "objective-shapes-the-score", "The objective shapes the score", PAPER, QUOTED, 4,
        "log10 of the score error, largest over smallest of three objectives, less the same of three trainings of one",
        Rule(0.3), DOUBLE, OBJECTIVES,
        partial(effects.spread_of_objectives, metric="relative_score_error", log=True),
        needs.near_in_every(effects.OBJECTIVES), quote=ACCURACY.format(OBJECTIVE),
        note=COMPARED,
    ),
    Claim(
        "error-near-the-data", "Worse near the data than far away", PAPER, READING, 4,
        "log10 of the relative score error near the data over that at σ = spread of the data", Rule(0.3), DOUBLE,
        SCORES, scores.error_near,
    ),
    Claim(
        "error-near-by-itself", "by more than scaling explains", CONTROL, OURS, 4,
        "the same less what a constant error of the network's output would give", Rule(0.3), DOUBLE,
        SCORES, scores.error_near_by_itself, under="error-near-the-data",
        note="The output is scaled so that a constant error of it grows towards the data, in every direction.",
    ),
    Claim(
        "better-than-linear", "yet better than a linear filter", CONTROL, OURS, 4,
        "squared score error of A in that of the linear filter", Rule(1.0, above=False, log=True),
        "as good as the filter", NEAR,
        partial(effects.ratio, first=("excess_error", "A"), second=("excess_error", "wiener")), needs.lowest,
        under="error-near-the-data",
    ),
)  # fmt: skip

PAPERS = (*DIVERGENCE, *DENOISING, *DYNAMICS, *SCORE)
