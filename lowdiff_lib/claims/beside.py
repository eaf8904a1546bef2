"""Claims beside the paper's: those of its neighbours, and our own checks of what stands before any claim."""

from functools import partial

from lowdiff_lib.claims import effects, needs, scores
from lowdiff_lib.claims.claim import ATTRACTORS, CHECK, FACES, LI, MODELS, NEAR, NEIGHBOUR, OURS, PARENT, Claim, Place
from lowdiff_lib.claims.rule import Rule
from lowdiff_lib.claims.statements import PAPERS

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
)  # fmt: skip

CHECKS = (
    Claim(
        "better-than-nothing", "Better than nothing, each direction", CHECK, OURS, 4,
        "largest squared score error of A or B in that of doing nothing", Rule(1.0, above=False, log=True),
        "as bad as doing nothing", NEAR, scores.worst_direction, needs.lowest, lasts=False,
    ),
    Claim(
        "faces-better-than-linear", "On faces, better than linear", CHECK, OURS, 2,
        "PSNR gain of A less that of the linear (Wiener) filter [dB]", Rule(0.0), "as good as the filter", FACES,
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
