"""What a claim is: a sentence with its source, and a number of a table that decides it, at some places."""

from collections.abc import Callable
from dataclasses import dataclass

from lowdiff_lib.claims import needs
from lowdiff_lib.claims.cell import Cell
from lowdiff_lib.claims.effects import Effect
from lowdiff_lib.claims.rule import Rule

# Whose sentence it is. They are counted apart.
PAPER = "the paper"  # Pavlova and Wei, arXiv:2506.07841
NEIGHBOUR = "its neighbours"
CONTROL = "our control"
CHECK = "our own check"
KINDS = (PAPER, CONTROL, NEIGHBOUR, CHECK)

QUOTED = "Abstract of Pavlova and Wei, arXiv:2506.07841"
READING = "Our reading of the paper's summaries and of the authors' code; not a sentence of the abstract"
PARENT = "Kadkhodaie, Guth, Simoncelli and Mallat, arXiv:2310.02557"
LI = "Li, Shen, Hsieh and He, arXiv:2509.24912"
WANG = "Wang, Zavatone-Veth and Pehlevan, arXiv:2602.02908"
SONG = "Song, Kim, Chen, Du, Kakade and Sitzmann, arXiv:2510.01378"
BONNAIRE = "Bonnaire, Urfin, Biroli and Mézard, arXiv:2505.17638"
OURS = "Our own"

QUESTIONS = {
    1: "Do models trained on different data agree near the data?",
    2: "How well do they remove a little noise?",
    3: "Where does denoising lead, and does it come to rest?",
    4: "How accurate is the learned score?",
}

WHERE = {  # the page that shows what a study measured, and the figure there
    "training_set_size": ("training-set-size", "size-{dataset}"),
    "parting": ("parting", ""),
    "near_the_manifold": ("near-the-manifold", "memory-{dataset}"),
    "trajectories": ("trajectories", "trajectories-{dataset}"),
    "attractors": ("attractors", "attractors-{dataset}"),
    "perturbed": ("attractors", ""),
    "face_perturbed": ("attractors", ""),
    "denoising_faces": ("denoising-faces", "face-curves"),
    "face_blindness": ("blindness", "face-blindness"),
    "face_starts": ("blindness", "face-starts"),
    "memorisation": ("trajectories", "sample-cosines"),
}


@dataclass(frozen=True)
class Place:
    """Where a claim is tested: a study, and an arm of it; on every data set and at every n_train that it has.

    chapter: the page with its figure, if it is not that of the study.
    """

    study: str
    arm: str = "told"
    chapter: str = ""

    def figure(self, dataset: str) -> tuple[str, str]:
        """The chapter, and the figure in it; "" where no single one shows it."""
        chapter, figure = WHERE[self.study]
        return (self.chapter, "") if self.chapter else (chapter, figure.format(dataset=dataset))


@dataclass(frozen=True)
class Claim:
    """A sentence, and what decides it.

    statement: as short as a line of a table. kind, source: whose sentence it is. question: the one of QUESTIONS that it
    answers. test, why: what decides it, and the reason for the threshold. places: on each data set and n_train the one
    with most repetitions counts, the first of several. effect: see `effects`. at: the noise level that it is judged at,
    and with it what models must be worth there (`needs`). quote: the words of the source, where they are quoted.
    under: the claim that it explains. headline: judged together on all data sets. lasts: judged beside a longer
    training, where there is one. note: what else one should know.
    """

    name: str
    statement: str
    kind: str
    source: str
    question: int
    statistic: str
    test: Rule
    why: str
    places: tuple[Place, ...]
    effect: Effect
    at: Callable[[Cell], float | None] = needs.near
    quote: str = ""
    under: str = ""
    headline: bool = False
    lasts: bool = True
    note: str = ""

    @property
    def others(self) -> tuple[float, float] | None:
        """The threshold at half and at twice; of a share that of the odds. None if it is 0, which has none."""
        threshold = self.test.threshold
        if self.statistic.startswith("share"):
            odds = threshold / (1 - threshold)
            return odds / 2 / (1 + odds / 2), odds * 2 / (1 + odds * 2)
        return (threshold / 2, threshold * 2) if threshold else None

    @property
    def decided_by(self) -> str:
        """What decides it, in words."""
        side = {
            (True, False): "above {0:g}", (False, False): "below {0:g}",
            (True, True): "above {0:g}, or below -{0:g}", (False, True): "between -{0:g} and {0:g}",
        }[self.test.above, self.test.either]  # fmt: skip
        return f"{self.statistic}: holds if {side.format(self.test.threshold)} ({self.why})"


MODELS = (Place("parting"), Place("training_set_size"), Place("denoising_faces"), Place("face_blindness"))
BLIND = tuple(Place(study, "blind") for study in ("parting", "face_blindness"))
SCORES = (Place("parting"), Place("training_set_size"))
OBJECTIVES = (Place("training_set_size", chapter="objectives"),)
NEAR = (Place("near_the_manifold"),)
ENDS = (Place("trajectories"), Place("memorisation"))
STARTS = (Place("face_starts", "blind"),)
FACES = (Place("denoising_faces"), Place("face_blindness"))
RETURNS = (Place("perturbed"), Place("face_perturbed"), Place("attractors"))
ATTRACTORS = (Place("attractors"),)
