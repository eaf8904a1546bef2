"""What of face networks may be passed on: no photograph, no copy of one, and no network that makes copies."""

from torch import Tensor

from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.studies.face_trajectories import pure_noise
from lowdiff_lib.experiments.studies.memorisation import most_alike, sample
from lowdiff_lib.measures import metrics

TRIED = 64  # pictures that a network makes before it may be passed on
TERMS = {  # on which a network of these photographs may be passed on
    "celeba": "trained on CelebA, which is for non-commercial research only, and so is this network",
    "faces": "trained on the AT&T faces, which are free for research: credit AT&T Laboratories Cambridge",
}
MADE = (
    f"none of {TRIED} pictures that it made of noise is more like one of its training faces than the most alike of "
    "{held_out} photographs that it was not shown"
)


def copied(bench: FaceBench, side: str, images: Tensor) -> bool:
    """Whether any of the images [n, 1, r, r] is a copy of a training face of a side, or more like one than others are.

    A rough copy is none by the usual rule (`metrics.copies`). So it also counts if its centred cosine with a
    training face is above that of every held-out photograph.
    """
    known, held_out = bench.train(side), bench.held_out()
    likeness, usual = (most_alike(each, known, held_out.mean(0))[0] for each in (images, held_out))
    return bool((likeness > usual.max()).any() or metrics.copies(images, as_float(known), held_out).any())


def makes_copies(bench: FaceBench, side: str) -> bool:
    """Whether the network of a side makes copies of its faces, of noise, or pictures more like one than others are."""
    start = pure_noise(bench.spec, TRIED, bench.repetition)
    return copied(bench, side, sample(bench.model(side), bench.spec, start))
