"""The rows of `paper`: sentences of the abstract, experiments, and what the paper's own models and procedures are.

The full text was not available to us. What is here is from the abstract, from summaries, and from two public
repositories of the authors (lizardp1/diffusion_low_noise_regime, and the earlier
lizardp1/generalization_in_diffusion_models): every sentence is in our words, and which figure shows what is our
reading.
"""

from typing import Any

from lowdiff_lib.findings import paper_results as results
from lowdiff_lib.findings.paper import Row

ABSTRACT, FIGURE, TABLE = "The abstract, in our words", "A figure, by our reading", "A table, by our reading"
SMALLER = (
    "Pictures are smaller, networks smaller, training shorter, since two cores have to do: theirs are 80 x 80 pixels, "
    "64 channels, up to 99,325 faces a side and 250 million presentations."
)
TOLD = "These networks are told σ, the paper's are not; beside each other they are in {doc}`blindness`."
FACES = "--profile full --size 100 --size 1000 --size 10000 --repetitions 1 --arm told --arm blind"
MIXTURES = "lowdiff publish training_set_size --profile full"

ABSTRACT_ROWS = (
    Row(
        "A1",
        "A model that is trained on few pictures makes copies of them; one trained on many makes new ones.", ABSTRACT,
        "Background: known for much noise from their scientific parent, Kadkhodaie, Guth, Simoncelli and Mallat "
        "(2024).",
        "Samples of A, B and twin from the same noise, compared with the training faces.",
        f"{SMALLER} {TOLD}",
        ("memorisation/told",), ("lowdiff publish memorisation --profile full",),
        (("trajectories", "memorised_share"), ("trajectories", "sample_cosines")), results.copies,
    ),
    Row(
        "A2", "What such a model does where the noise is small, as a denoiser, is the question.", ABSTRACT,
        "They take the models as denoisers close to the data.",
        "The gain over doing nothing on new and on training faces at each σ, told and not told.",
        SMALLER,
        ("face_blindness/told", "face_blindness/blind"), (f"lowdiff publish face_blindness {FACES}",),
        (("blindness", "face_blindness"), ("denoising-faces", "face_curves")), results.denoised,
    ),
    Row(
        "A3",
        "Models trained on disjoint data diverge near the data, even where their outputs from much noise "
        "agree.", ABSTRACT,
        "Two models, A and B, on halves of CelebA; they compare the pictures that both end at.",
        "A and B, and a twin of A that saw the same faces, by their one-step answers and by the pictures that "
        "they end at.",
        "The twin, and two linear filters, are our controls: without them what any two trainings differ by looks "
        "like an "
        f"effect of the data. {SMALLER}",
        ("face_blindness/told", "face_blindness/blind", "face_starts/told", "face_starts/blind"),
        (f"lowdiff publish face_blindness {FACES}", f"lowdiff publish face_starts {FACES}"),
        (("blindness", "face_blindness"), ("blindness", "face_starts")), results.near_and_far,
    ),
    Row(
        "A4", "How many samples there are shapes the trajectories and how accurate the score is.", ABSTRACT,
        "N from 1 to 100,000 a side, on faces and on mixtures.",
        "The same N on six mixtures, whose score is known, with the twin.",
        "On mixtures the networks are told σ, and are of another kind; theirs are in {doc}`blindness`.",
        ("training_set_size/told",), (MIXTURES,),
        (("training-set-size", "size_curves"),), results.levels_of_agreement,
    ),
    Row(
        "A5", "The geometry of the data shapes them, too.", ABSTRACT,
        "Mixtures of wide and of thin components, in 2 and in 100 dimensions, and a thin manifold.",
        "Six mixtures of the same kinds; one, thin-manifold, after no recipe of theirs.",
        "The recipe of their thin manifold is not certain: there are two public templates, and ours differs from "
        "both.",
        ("training_set_size/told",), (MIXTURES,),
        (("training-set-size", "agreement_by_geometry"), ("training-set-size", "error_by_geometry")), results.shapes,
    ),
    Row(
        "A6", "So does the objective.", ABSTRACT,
        "A denoiser, a noise-conditional score network (NCSN) and sliced score matching (SSM), each with its own "
        "network.",
        "The three losses on one and the same network, so that the loss alone differs, on mixtures and on faces.",
        "Theirs changes network, noise levels and loss at once. How the objective shapes whole "
        "trajectories is not run: its effect on one answer is measured.",
        ("training_set_size/told", "training_set_size/ncsn", "training_set_size/ssm", "denoising_faces/told",
         "denoising_faces/ncsn", "denoising_faces/ssm"),
        (f"{MIXTURES} --arm ncsn --arm ssm", "lowdiff publish denoising_faces --profile full --arm ncsn --arm ssm"),
        (("objectives", "objective_curves"),), results.objectives,
    ),
    Row(
        "A7", "This matters for how robust, and how well understood, such models are.", ABSTRACT,
        "A conclusion; we know of no measurement of their own for it.",
        "What is left in the answer of a small change of a noisy face: the Jacobian, its spectrum and its asymmetry.",
        f"It is our way to give the sentence a number. {TOLD}",
        ("robustness/told",), ("lowdiff publish robustness --profile full",),
        (("denoising-faces", "robustness_curves"),), results.response,
    ),
)  # fmt: skip

EXPERIMENTS = (
    Row(
        "F1", "Samples of A and B from the same noise, for each N, beside the nearest training faces.", FIGURE,
        "80 x 80 faces, N = 1 to 100,000, their stochastic sampler.",
        "The same, by the probability flow, with shares of copies and cosines.",
        f"{SMALLER} The flow has no noise of its own, so that A and B differ by their networks alone.",
        ("memorisation/told",), ("lowdiff publish memorisation --profile full",),
        (("trajectories", "published_samples"), ("trajectories", "sample_cosines")), results.copies,
    ),
    Row(
        "F2",
        "How alike the outputs of A and B are, against the noise level of the start, a curve for each N.", FIGURE,
        "From photographs with noise of σ from 0 to 1.5, by stochastic ascent; cosine of the outputs, norm of "
        "the change.",
        "The same starts, sampler and cosine, with twin and linear filters, networks told and not told, and "
        "their numbers "
        "in the figure.",
        f"That their level is that of the start is our reading of their tables. {SMALLER}",
        ("face_starts/told", "face_starts/blind"), (f"lowdiff publish face_starts {FACES}",),
        (("blindness", "face_starts"),), results.ends_of_two,
    ),
    Row(
        "F3", "Denoised pictures, and PSNR at small σ, of training faces and of new ones.", FIGURE,
        "One denoising step, at small σ, for each N.",
        "The gain over doing nothing, at each σ, told and not told; the ideal denoiser and the linear filter "
        "beside it.",
        SMALLER,
        ("face_blindness/told", "face_blindness/blind"), (f"lowdiff publish face_blindness {FACES}",),
        (("denoising-faces", "face_pictures"), ("blindness", "face_blindness")), results.denoised,
    ),
    Row(
        "F4", "How far A and B are apart along the sampler.", FIGURE,
        "Their stochastic sampler from the same noise.",
        "The probability flow from the same noise, and A's way taken over by B at some σ.",
        f"Along a flow the noise level is the same for both at each step, so that distances compare. {SMALLER} {TOLD}",
        ("face_trajectories/told",), ("lowdiff publish face_trajectories --profile full",),
        (("trajectories", "face_trajectory_curves"), ("trajectories", "late_branch_curves")),
        results.along_the_sampler,
    ),
    Row(
        "F5",
        "Attractors: a picture, disturbed everywhere, in a square or with a square hidden, and what comes "
        "back.", FIGURE,
        "Noise everywhere, noise in one random square, one square set to 0; then the sampler.",
        "The same three, from training faces and from new ones, by their sampler, for A, B and twin, told and "
        "not told, with "
        "the linear filter as control.",
        f"The size of the square and the noise are our choice. {SMALLER}",
        ("face_perturbed/told", "face_perturbed/blind"), (f"lowdiff publish face_perturbed {FACES}",),
        (("attractors", "perturbed"), ("attractors", "disturbed_faces")), results.disturbed,
        "the networks have to be trained for it first",
    ),
    Row(
        "F5, our way", "What a face becomes that is denoised again and again.", "Our own, beside theirs",
        "Nothing that we know of.",
        "Iteration at one σ, and the flow from more and more noise, with the ideal denoiser as control.",
        f"It asks for rests of the map itself. {TOLD}",
        ("face_attractors/told",), ("lowdiff publish face_attractors --profile full",),
        (("attractors", "returning_shares"), ("attractors", "face_survival")), results.iterated,
    ),
    Row(
        "F6", "Densities and scores of the mixtures.", FIGURE,
        "Drawn from densities of the components, which underflow far from the data.",
        "Drawn exactly, in log space.",
        "None but the artefacts of underflow.",
        command=("lowdiff run mixtures",), shown=(("mixtures", "score_field"), ("mixtures", "mixture_samples")),
        lacks="nothing is trained: the page computes them when it is made",
    ),
    Row(
        "F7", "Learned and true score fields, by objective.", FIGURE,
        "Arrows on the plane, one picture for each objective.",
        "The explorer has the arrows of A, B and the truth for the denoiser, for any N and σ; the objectives are "
        "compared "
        "by their errors.",
        "A number compares six mixtures at once; arrows do not.",
        ("training_set_size/told", "training_set_size/ncsn", "training_set_size/ssm"),
        (f"{MIXTURES} --arm told --arm ncsn --arm ssm",),
        (("objectives", "objective_sizes"), ("near-the-manifold", "disagreement_map")), results.objectives_on_mixtures,
    ),
    Row(
        "F8", "Score error against σ and N, in 2 and in 100 dimensions.", FIGURE,
        "Against the exact score, for three objectives.",
        "Against the exact score, six mixtures, three objectives, N = 1 to 100,000.",
        "The networks are told σ, and are of another kind; theirs are in {doc}`blindness`, with the best that is "
        "possible for one who is not told.",
        ("training_set_size/told",), (MIXTURES,),
        (("training-set-size", "size_curves"), ("objectives", "objective_sizes")), results.scores,
    ),
    Row(
        "T1", "The data sets.", TABLE,
        "CelebA, 198,650 faces of 80 x 80 pixels after near-duplicates are dropped, in two halves; six mixtures, "
        "up to 100,000 "
        "points a side.",
        "CelebA, as much of it as is here, in disjoint sides and held-out faces; six mixtures with their exact "
        "densities.",
        "CelebA may not be passed on, so that the pages are made again with the AT&T faces where it is missing.",
        command=("lowdiff data",), shown=(("mixtures", "mixture_samples"),),
        lacks="nothing comes out of a list of data; the sizes of each table stand with it",
    ),
    Row(
        "T2", "Architectures and settings.", TABLE,
        "A bias-free U-Net of 7,659,264 parameters, not told σ; NCSN of 5,503,937; Adam at 0.001, batch 512, "
        "1,000 epochs of "
        "250,000 pictures.",
        "The same kinds of network at other widths; the profile paper has the paper's.",
        "Theirs are for a graphics card.",
        command=("lowdiff sweep face_blindness --profile paper --arm blind --dry-run",),
        shown=(("blindness", "face_blindness"),),
        lacks="nothing comes out of settings; those of each table stand with it",
    ),
)  # fmt: skip


def _item(name: str, they: str, here: str, differs: str, *more: Any, **named: Any) -> Row:
    """What the paper's own models and procedures are, in one respect."""
    return Row(name, name, TABLE, they, here, differs, *more, **named)


FIDELITY = (
    _item(
        "face denoiser",
        "not told σ, bias-free U-Net, plain squared error, σ = u² on [0, 1]",
        "the same, arm blind, beside the same network told σ.", "Fewer channels and steps.",
        ("face_blindness/told", "face_blindness/blind"), shown=(("blindness", "face_blindness"),),
        came_out=results.denoised,
    ),
    _item(
        "pictures, N and updates",
        "80 x 80; N = 1 to 99,325; up to 250 million presentations",
        "smaller.", "Two cores do not reach theirs; the profile paper has them, for a graphics card.",
        (
            "face_blindness/blind", "denoising_faces/finer", "face_blindness/blind-finer",
            "face_blindness/blind-sixteenfold",
        ),
        smaller=True,
        shown=(("denoising-faces", "face_resolutions"),),
    ),
    _item(
        "NCSN and SSM",
        "residual network, 10 levels, the score itself; SSM not told σ, Gaussian slices",
        "the same networks, arms ncsn-published and ssm-published, with a test whether they learned anything.",
        "Narrower, so that two cores can train them, SSM most of all, whose steps take longest.",
        ("denoising_faces/ncsn-published", "denoising_faces/ssm-published"),
        ("lowdiff publish denoising_faces --profile full --arm ncsn-published --arm ssm-published",),
        (("objectives", "objective_curves"),), results.published_networks,
        "the networks are ready, and have to be trained first",
    ),
    _item(
        "mixture denoiser",
        "their earlier code: fully connected with skips, not told σ, predicts the clean point, σ uniform",
        "our network not told σ, arm blind, and theirs, arm earlier, beside the best that is possible and their own "
        "public networks.",
        "The network is theirs; fewer steps.",
        ("parting/blind", "parting/earlier"), ("lowdiff publish parting --profile full --arm earlier",),
        (("blindness", "mixture_blindness"), ("blindness", "authors_networks")), results.earlier_in_brief,
        lacks="theirs, arm earlier, has to be trained first; their own public networks are shown",
    ),
    _item(
        "mixture score network",
        "their earlier code: told the time of a noising process, Fourier features, the score itself",
        "nothing.", "",
        lacks="a network told σ that learns the score is here already, in arms told and ncsn, with the same loss up to "
        "its weight: one more architecture would ask the same question",
    ),
    _item(
        "sampler, and A beside B",
        "stochastic ascent, from photographs with noise; cosine of the final pictures",
        "the same, beside the probability flow, with twin and linear filters and their numbers.", "",
        ("face_starts/told", "face_starts/blind", "face_starts_flow/told", "face_starts_flow/blind"),
        (f"lowdiff publish face_starts {FACES}", f"lowdiff publish face_starts_flow {FACES}"),
        (("blindness", "face_starts"),), results.ends_in_brief,
        "the probability flow from photographs has to be run first; from noise it is on the page of trajectories",
    ),
    _item(
        "attractors",
        "noise, noise in a square, a hidden square, then the sampler, for both models",
        "the same, for A, B and twin, with the linear filter; on mixtures with the exact denoiser.",
        "The square's size is our choice.",
        ("face_perturbed/told", "face_perturbed/blind", "perturbed/told", "perturbed/blind"),
        (f"lowdiff publish face_perturbed {FACES}", "lowdiff publish perturbed --profile full --data spiral"),
        (("attractors", "perturbed"),), results.disturbed,
        "on mixtures it has to be run first",
    ),
)  # fmt: skip
