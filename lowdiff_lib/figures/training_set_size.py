"""Score error and agreement against the noise level, one colour per training-set size."""

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, seeds
from lowdiff_lib.figures.curves import MODELS, Line, Panel, Rule, curves, pairs, references
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured

PAIR_SAYS = {"A-B": "A-B: other data", "A-twin": "twin: same data"}


def size_curves(measured: Measured, dataset: str) -> Figure:
    """Score error (left) and residual cosine, A-B and twin (right), one colour per n_train."""
    measured = measured.where(dataset=dataset, metric=["relative_score_error", "residual_cosine"])
    cosine, sizes = measured.where(metric="residual_cosine"), measured.sizes
    strangers = Line({"who": "strangers"}, "cosine", ":", "strangers", ink=True)
    panels = [
        Panel(
            measured.where(metric="relative_score_error"),
            [Line({"who": MODELS}, "score error"), *references("score error")],
            "relative score error",
            rule=Rule(1, "identity"),
            scale="log",
            limits=(None, 1e3),
        ),
        Panel(cosine, [*pairs("cosine"), strangers], "residual cosine"),
    ]
    caption = (
        f"{dataset}. Left: squared error of the learned score over the size of the exact score, "
        "E|s - s*|² / E|s*|², on held-out points; below 1 a model beats the identity. Right: cosine between the "
        "residuals of two models, A and B trained on disjoint samples (solid), A and its twin trained on the same "
        "samples with another seed (dashed); what separates the two lines of a colour is due to the data. Strangers "
        "(dotted): two ideal denoisers that know one sample each; a cosine below theirs is none. One colour per "
        f"training-set size N; {seeds(measured.shown)}.{about_published(measured)}"
    )
    low = cosine.where(sigma=measured.sigmas[0], n_train=sizes[-1]).means("who")
    alt = (
        f"Two panels against sigma for {dataset}. At the smallest sigma and N = {sizes[-1]:,} the residual cosine is "
        f"{low['A-B']:.2f} for A-B and {low['A-twin']:.2f} for the twin."
    )
    keys = {PAIR_SAYS[who]: line for who, line in style.PAIR.items()}
    return curves(f"size-{dataset}", panels, caption, alt, keys=keys)
