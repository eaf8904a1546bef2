"""The claims of the book as code: each a sentence with its source, and a number of a table that decides it.

`effects` computes the number for each repetition, `ledger` makes an interval and a verdict of them. To add a claim is
to add it to CLAIMS; while nobody has measured its table it is "not tested", by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from lowdiff_lib.claims import effects
from lowdiff_lib.tables.levels import AGREEMENT

PAPER = "the paper"  # Pavlova and Wei, arXiv:2506.07841
PARENT = "its scientific parent"  # Kadkhodaie, Guth, Simoncelli and Mallat, arXiv:2310.02557
LI = "Li, Shen, Hsieh and He, arXiv:2509.24912"
CONTROL = "our control"


@dataclass(frozen=True)
class Place:
    """Where a claim is tested: a study and arms of it, the data sets it needs (none: whichever is there), the figure.

    each: on every data set of the table by itself, those that have the metric `having`; the figure's name may hold
    {dataset}.
    """

    study: str
    chapter: str = ""
    figure: str = ""
    datasets: tuple[str, ...] = ()
    arms: tuple[str, ...] = ("told",)
    each: bool = False
    having: str = ""

    def on_each(self, tables: Iterable[pd.DataFrame]) -> "list[Place]":
        """This place on every data set of some tables, low dimensions first; itself if it is not on each, or none."""
        found: dict[str, int] = {}
        for table in tables if self.each else ():
            able = table[table.metric == self.having] if self.having else table
            found |= dict(zip(able.dataset, able.dim, strict=True))
        names = sorted(found, key=lambda name: (found[name], name))
        one = [replace(self, datasets=(name,), figure=self.figure.format(dataset=name)) for name in names]
        return one or [self]


@dataclass(frozen=True)
class Claim:
    """A sentence, and what decides it: its effect is above the threshold, or below it.

    effect: from the place's table, restricted to its data sets, to one number for each repetition; None while nobody
    has written it. with_twice: `effect` also gets the table with twice the training.
    """

    name: str
    statement: str
    source: str
    places: tuple[Place, ...]
    statistic: str = ""
    above: bool = True
    threshold: float = 0.0
    why: str = ""
    effect: Callable[..., pd.Series] | None = None
    with_twice: bool = False

    @property
    def test(self) -> str:
        """What decides it, in words."""
        if self.effect is None:
            return "What decides it is still to be written"
        return f"Holds if {'above' if self.above else 'below'} {self.threshold:g} ({self.why}): {self.statistic}"


MIXTURES = (Place("training_set_size", "training-set-size", "size-{dataset}", each=True),)
FACES = (Place("denoising_faces", "denoising-faces", "face-curves"),)
SHAPES = (
    Place("training_set_size", "training-set-size", "size-sharpcov", ("uniform", "sharpcov")),
    Place("training_set_size", "training-set-size", "size-hd-sharpcov", ("hd-uniform", "hd-sharpcov")),
)
TRAJECTORIES = (Place("trajectories", "trajectories", "trajectories-{dataset}", each=True),)
ATTRACTORS = (Place("attractors", "attractors", "attractors-spiral", each=True),)
OBJECTIVES = (Place("training_set_size", "objectives", arms=("told", "ncsn", "ssm"), each=True),)
NEAR = (Place("near_the_manifold", "near-the-manifold", "memory-spiral", each=True),)
THIN = (replace(NEAR[0], having="score_error_normal"),)
LOOSE = "what rounding otherwise in training may move a cosine by"

CLAIMS = (
    Claim(
        name="agreement-at-high-noise",
        statement="Models trained on disjoint data agree where there is much noise.",
        source=PARENT,
        statistic="way of A and B from strangers (0) to full agreement (1), by residual cosine, σ near sd, largest N",
        above=True,
        threshold=0.5,
        why="half of the way; strangers, who know one sample each, agree a lot where there is much noise",
        places=MIXTURES + FACES,
        effect=effects.agreement_at_high_noise,
    ),
    Claim(
        name="divergence-at-low-noise",
        statement="The same models diverge near the data, where there is little noise.",
        source=PAPER,
        statistic="fall of the residual cosine of A and B from σ = sd of the data to the lowest σ, largest N",
        above=True,
        threshold=effects.DIVERGENCE,
        why=LOOSE,
        places=MIXTURES + FACES,
        effect=effects.drop_at_low_noise,
    ),
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
        name="level-moves-with-size",
        statement="With more data, models agree down to less noise.",
        source=PAPER,
        statistic=f"slope of log10(σ down to which the cosine stays above {AGREEMENT}) against log10(N)",
        above=False,
        threshold=-0.1,
        why="a fifth less noise for ten times the data",
        places=MIXTURES + FACES,
        effect=effects.slope_of_level,
    ),
    Claim(
        name="error-at-low-noise",
        statement="The learned score is less accurate near the data than far from them.",
        source=PAPER,
        statistic="log10 of the relative score error at the lowest σ over that near σ = sd of the data, largest N",
        above=True,
        threshold=0.3,
        why="a factor of two",
        places=MIXTURES,
        effect=effects.error_at_low_noise,
    ),
    Claim(
        name="size-shapes-the-score",
        statement="With more data, the score near the data is more accurate.",
        source=PAPER,
        statistic="slope of log10(relative score error at the lowest σ) against log10(N)",
        above=False,
        threshold=-0.1,
        why="a fifth less error for ten times the data",
        places=MIXTURES,
        effect=effects.slope_of_error,
    ),
    Claim(
        name="geometry-shapes-agreement",
        statement="The shape of the data decides how far models diverge.",
        source=PAPER,
        statistic="difference of the two data sets in the fall of the cosine from σ = sd to the lowest σ, largest N",
        above=True,
        threshold=effects.DIVERGENCE,
        why=LOOSE,
        places=SHAPES,
        effect=partial(effects.effect_of_shape, effect=effects.drop_at_low_noise),
    ),
    Claim(
        name="geometry-shapes-the-score",
        statement="The shape of the data decides how accurate the score is near them.",
        source=PAPER,
        statistic="difference of the two data sets in log10 of the score error's growth from σ = sd to the lowest σ",
        above=True,
        threshold=0.3,
        why="a factor of two",
        places=SHAPES,
        effect=partial(effects.effect_of_shape, effect=effects.error_at_low_noise),
    ),
    Claim(
        name="few-images-are-memorised",
        statement="Trained on few images, a model memorises them.",
        source=PARENT,
        statistic="PSNR gain on training images less that on held-out ones [dB], mean over σ, smallest N",
        above=True,
        threshold=1.0,
        why="a fifth of the squared error",
        places=FACES,
        effect=partial(effects.gap_of_gains, smallest=True),
    ),
    Claim(
        name="many-images-generalise",
        statement="Trained on many images, it serves new ones nearly as well.",
        source=PARENT,
        statistic="PSNR gain on training images less that on held-out ones [dB], mean over σ, largest N",
        above=False,
        threshold=1.0,
        why="a fifth of the squared error",
        places=FACES,
        effect=partial(effects.gap_of_gains, smallest=False),
    ),
    Claim(
        name="objective-shapes-the-score",
        statement="The training objective decides how accurate the score is near the data.",
        source=PAPER,
        statistic="log10 of the largest over the smallest score error among the three objectives, lowest σ, largest N",
        above=True,
        threshold=0.3,
        why="a factor of two",
        places=OBJECTIVES,
        effect=effects.effect_of_objective,
    ),
    Claim(
        name="objective-shapes-the-denoiser",
        statement="The training objective decides how well faces are denoised near the data.",
        source=PAPER,
        statistic="best less worst held-out PSNR gain among the three objectives [dB], lowest σ, largest N",
        above=True,
        threshold=1.0,
        why="a fifth of the squared error",
        places=(Place("denoising_faces", "face-objectives", arms=("told", "ncsn", "ssm")),),
        effect=effects.spread_of_gains,
    ),
    Claim(
        name="errors-run-along",
        statement="Close to the data the score is known less well along them than across them.",
        source=LI,
        statistic="log10 of the relative score error along the data over that across them, lowest σ, largest N",
        above=True,
        threshold=0.3,
        why="a factor of two",
        places=THIN,
        effect=effects.along_over_across,
    ),
    Claim(
        name="few-data-are-memorised",
        statement="With few samples a model is nearer to the memoriser than to the truth.",
        source=PARENT,
        statistic="memorisation index (0 truth, 1 memoriser), mean over σ, smallest N",
        above=True,
        threshold=0.5,
        why="as far from one as from the other",
        places=NEAR,
        effect=partial(effects.memorisation, smallest=True),
    ),
    Claim(
        name="many-data-are-not",
        statement="With many samples it is nearer to the truth.",
        source=PARENT,
        statistic="memorisation index (0 truth, 1 memoriser), mean over σ, largest N",
        above=False,
        threshold=0.5,
        why="as far from one as from the other",
        places=NEAR,
        effect=partial(effects.memorisation, smallest=False),
    ),
    Claim(
        name="trajectories-part",
        statement="Trajectories of models trained on disjoint data part, from the same noise on.",
        source=PAPER,
        statistic="distance of the ends of A and B over the standard deviation of the data, largest N",
        above=True,
        threshold=0.05,
        why="a twentieth of the spread of the data",
        places=TRAJECTORIES,
        effect=effects.distance_at_the_end,
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
        name="attractors",
        statement="Denoising again and again has attractors: perturbed points come back to them.",
        source=PAPER,
        statistic="share of points that end where the unperturbed point ends, mean over σ, largest N",
        above=True,
        threshold=0.5,
        why="most of them",
        places=ATTRACTORS,
        effect=partial(effects.share_of_starts, metric="returns", smallest=False),
    ),
    Claim(
        name="few-data-attract",
        statement="With few data, the attractors are the training points.",
        source=PARENT,
        statistic="share of held-out points that come to rest at a training point, mean over σ, smallest N",
        above=True,
        threshold=0.5,
        why="most of them",
        places=ATTRACTORS,
        effect=partial(effects.share_of_starts, metric="rests_at_training_point", smallest=True),
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
