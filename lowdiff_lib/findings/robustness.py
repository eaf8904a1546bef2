"""What other training data change, in units of the noise; what the Jacobian keeps, and whether models share it."""

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends, few_faces, percent
from lowdiff_lib.tables import Measured


def face_disagreement(faces: Measured) -> str:
    """The largest difference of A and B over the noise levels, for the smallest and the largest N, with the twin."""
    apart = faces.where(metric="disagreement_over_noise")
    sentences = []
    for n_train in ends(apart):
        mine = apart.where(n_train=n_train)
        curve = mine.where(who="A-B").means("sigma")
        sigma = curve.idxmax()
        sentences.append(
            f"{few_faces(n_train)}, the answers of A and B differ by at most {curve.max():.2f} of the noise (at "
            f"σ = {sigma:g}; twins there by {mine.mean(who='A-twin', sigma=sigma):.2f})."
        )
    return " ".join(sentences)


def face_response(jacobians: Measured) -> str:
    """How much of a change of the input is left in the answer, at random and along A - B, at the largest N."""
    most = jacobians.sizes[-1]
    mine = jacobians.where(n_train=most)
    ways = {
        "random": "in a random direction",
        "disagreement": "along the difference of A and B",
        "largest": "in the worst direction",
    }
    return table(
        f"What is left in the answer of a small change, with N = {most:,}:",
        ("at σ", *ways.values()),
        (
            (f"{sigma:g}", *(percent(mine.mean(metric=f"stretch_{way}", sigma=sigma)) for way in ways))
            for sigma in mine.where(metric="stretch_largest").sigmas
        ),
    )


def shared_eigenvectors(jacobians: Measured, leading: int) -> str:
    """Overlap of leading eigenvectors between A and B, with that of twins, for the smallest and the largest N."""
    overlap = jacobians.where(metric="subspace_overlap")
    at = overlap.means("n_train", "sigma", "who")
    return table(
        f"How far the {leading} leading eigenvectors overlap, 1 if they span the same patterns:",
        ("N", "σ", "A and B", "A and its twin"),
        (
            (f"{n:,}", f"{s:g}", f"{at[n, s, 'A-B']:.2f}", f"{at[n, s, 'A-twin']:.2f}")
            for n in ends(overlap)
            for s in overlap.sigmas
        ),
    )


def face_jacobian(jacobians: Measured) -> str:
    """How many directions of the noise A keeps, and how symmetric its Jacobian is, for the smallest and largest N."""
    shown = jacobians.shown
    low, high = jacobians.sigmas[0], shown[shown.metric.str.startswith("eigenvalue_")].sigma.max()
    rows = []
    for n in ends(jacobians):
        at = jacobians.where(n_train=n, who="A").means("metric", "sigma")
        kept = (f"{at[f'effective_dimension_{kind}', high]:.0f}" for kind in ("held_out", "train"))
        rows.append((f"{n:,}", *kept, *(f"{at['asymmetry', sigma]:.2f}" for sigma in (low, high))))
    return table(
        f"Directions of the noise that A keeps at σ = {high:g}, of {shown.dim.iloc[0]}, and how asymmetric its "
        "Jacobian is; an exact denoiser's is not at all:",
        ("N", "kept, held-out faces", "kept, training faces", f"asymmetry, σ = {low:g}", f"σ = {high:g}"),
        rows,
    )
