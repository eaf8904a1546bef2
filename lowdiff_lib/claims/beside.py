"""Claims beside the paper's: those of its neighbours, and our own checks of what stands before any claim."""

from functools import partial

from lowdiff_lib.claims import effects, needs, predictions, scores
from lowdiff_lib.claims.claim import (
    ATTRACTORS,
    BONNAIRE,
    CHECK,
    FACES,
    LI,
    MODELS,
    NEAR,
    NEIGHBOUR,
    OURS,
    PARENT,
    SONG,
    WANG,
    Claim,
    Place,
)
from lowdiff_lib.claims.rule import Rule
from lowdiff_lib.claims.statements import PAPERS

AS_PREDICTED = Rule(0.25, above=False, either=True)
WITHIN = "as predicted within a quarter of a power"

NEIGHBOURS = (
    Claim(
        "training-faces-are-known", "Faces shown are denoised better", NEIGHBOUR, PARENT, 2,
        "PSNR gain on training faces less that on held-out ones [dB], mean over σ", Rule(1.0),
        "a fifth of the squared error", FACES,
        partial(effects.difference, first=("psnr_gain_train", "A"), second=("psnr_gain_held_out", "A")), needs.no_level,
        note="The parent says so of few faces, and the contrary of many.",
    ),
    Claim(
        "samples-are-copies", "Faces made of noise are copies", NEIGHBOUR, PARENT, 3,
        "share of samples that are copies of a training face", Rule(0.5), "most of them",
        (Place("memorisation"),), partial(effects.one, metric="memorised"), needs.no_level,
        note="The parent says so of few faces, and the contrary of many.",
    ),
    Claim(
        "nearer-the-memoriser", "Nearer the memoriser than the truth", NEIGHBOUR, PARENT, 4,
        "share of the way from the truth (0) to the memoriser (1), mean over σ", Rule(0.5), "the middle", NEAR,
        partial(effects.one, metric="memorisation_index"), needs.no_level,
        note="The parent says so of few data, and the contrary of many.",
    ),
    Claim(
        "training-points-attract", "Points rest at training points", NEIGHBOUR, PARENT, 3,
        "share of held-out points that come to rest at a training point, mean over σ", Rule(0.5), "most of them",
        ATTRACTORS, partial(effects.one, metric="rests_at_training_point_held_out"), needs.no_level,
        note="The parent says so of few data.",
    ),
    Claim(
        "errors-run-along", "Errors run along the data", NEIGHBOUR, LI, 4,
        "log10 of the relative score error along the data over that across them, mean over thickness < σ < extent",
        Rule(0.3), "a factor of two", NEAR, scores.along_over_across, needs.no_level,
    ),
    Claim(
        "one-over-n", "Two networks: squared gap ~ 1 / N", NEIGHBOUR, WANG, 1,
        "power of N that the squared distance of A and B goes with, over three N up to this, plus 1", AS_PREDICTED,
        WITHIN, (Place("parting"),), partial(predictions.beside_one_over_n, pair="A-B"),
        needs.most_that_is_little_in_three,
        note="Judged at the most noise that is little, where both networks are of use.",
    ),
    Claim(
        "one-over-n-of-linear", "Two linear filters: gap ~ 1 / N", NEIGHBOUR, WANG, 1,
        "the same of the linear filters of A's and B's data", AS_PREDICTED, WITHIN,
        (Place("parting"),), partial(predictions.beside_one_over_n, pair="wiener pair"), needs.most_that_is_little,
        lasts=False, note="At the same noise. They need no training.",
    ),
    Claim(
        "memoriser-at-training-points", "A memoriser at training points only", NEIGHBOUR, SONG, 4,
        "distance of A from the memoriser at training points over that at new ones, middle over σ",
        Rule(0.5, above=False, log=True), "half as far", (Place("parting"),), predictions.at_training_points,
        needs.no_level, note="Asked at the noise levels where at most half of new points lie near a training point.",
    ),
    Claim(
        "time-to-memorise", "Time to memorise grows like N", NEIGHBOUR, BONNAIRE, 3,
        "fitted power of N, less 1, of the time until training points are 1 dB easier; over three N up to this",
        AS_PREDICTED, WITHIN, (Place("parting", "by-heart"), Place("face_blindness", "told-in-time")),
        predictions.beside_n, needs.no_level, lasts=False,
        note="Easier than new ones, less what they are for the exact denoiser where that is known; mean over the σ at "
        "which all three times lie within what was trained.",
    ),
)  # fmt: skip

CHECKS = (
    Claim(
        "better-than-nothing", "Better than nothing, each direction", CHECK, OURS, 4,
        "largest squared score error of A or B in that of doing nothing", Rule(1.0, above=False, log=True),
        "as bad as doing nothing", NEAR, scores.worst_direction, needs.lowest, lasts=False,
    ),
    Claim(
        "faces-better-than-linear", "On faces, better than linear", CHECK, OURS, 2,
        "PSNR gain of A less that of the linear filter [dB]", Rule(0.0), "as good as the filter", FACES,
        partial(effects.difference, first=("psnr_gain_held_out", "A"), second=("psnr_gain_held_out", "wiener")),
        needs.lowest,
    ),
    Claim(
        "training-suffices", "Longer training changes A and B", CHECK, OURS, 1,
        "log10 of 1 - cosine of A and B after the longest training there is, over that after the usual one, lowest σ",
        Rule(0.18, either=True), "half as much again, which another seed does, too", MODELS, effects.longer_over_usual,
        needs.lowest, lasts=False,
    ),
)  # fmt: skip

CLAIMS = (*PAPERS, *NEIGHBOURS, *CHECKS)
