"""Our own controls as claims: what must hold before a claim of others is believed, and what explains it."""

from functools import partial

from lowdiff_lib.claims import effects
from lowdiff_lib.claims.claim import CONTROL, FACES, MIXTURES, TRAJECTORIES, Claim

CONTROLS = (
    Claim(
        name="few-data-diverge",
        statement="With few data the divergence is due to the data: the twin has less than half of it.",
        source=CONTROL,
        statistic="(1 - cosine of A and twin) / (1 - cosine of A and B) at the lowest σ, smallest N",
        above=False,
        threshold=0.5,
        why="half",
        places=MIXTURES + FACES,
        effect=partial(effects.share_of_twin, smallest=True),
    ),
    Claim(
        name="many-data-diverge",
        statement="With many data, too, the divergence is due to the data: the twin has less than half of it.",
        source=CONTROL,
        statistic="(1 - cosine of A and twin) / (1 - cosine of A and B) at the lowest σ, largest N",
        above=False,
        threshold=0.5,
        why="half",
        places=MIXTURES + FACES,
        effect=effects.share_of_twin,
    ),
    Claim(
        name="trajectories-part-by-data",
        statement="That they part is due to the data: those of twins part less than half as far.",
        source=CONTROL,
        statistic="distance of the ends of A and twin over that of A and B, largest N",
        above=False,
        threshold=0.5,
        why="half",
        places=TRAJECTORIES,
        effect=effects.distance_of_twin,
    ),
    Claim(
        name="mixtures-beat-the-identity",
        statement="First gate: on mixtures, every model at the largest N beats doing nothing.",
        source=CONTROL,
        statistic="largest relative score error of A or B at any σ",
        above=False,
        threshold=1.0,
        why="what doing nothing scores",
        places=MIXTURES,
        effect=effects.largest_error,
    ),
    Claim(
        name="faces-beat-the-identity",
        statement="First gate: on held-out faces, the model at the largest N beats doing nothing.",
        source=CONTROL,
        statistic="smallest PSNR gain at any σ [dB]",
        above=True,
        threshold=0.0,
        why="what doing nothing gains",
        places=FACES,
        effect=effects.smallest_gain,
    ),
    Claim(
        name="budget-suffices",
        statement="Third gate: twice the training leaves the agreement of A and B as it is.",
        source=CONTROL,
        statistic="change of the residual cosine of A and B at the largest N, mean over the levels below the data's sd",
        above=False,
        threshold=effects.DIVERGENCE,
        why="the smallest divergence that counts",
        places=MIXTURES + FACES,
        effect=effects.change_with_budget,
        with_twice=True,
    ),
)
