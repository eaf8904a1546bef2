"""Train one network with some threads, write its weights and residuals: python repeating.py NAME THREADS FILE"""

import dataclasses
import os
import sys

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that spin while they wait would take a busy machine from each other

import torch
from safetensors.torch import save_file

from lowdiff_lib.datasets.mixtures import mixture_samples
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.experiments.studies import denoising_faces, training_set_size
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.trainer import Trainer

SIGMA = 0.1


def specs() -> dict[str, RunSpec]:
    """The three kinds of networks that the chapters train, at their quick sizes, with fewer steps."""
    small, large = (
        training_set_size.study.plan("quick", "told", [name], [100], 1).specs[0] for name in ("spiral", "hd-sharpcov")
    )
    image = denoising_faces.study.plan("quick", "told", ["faces"], [100], 1).specs[0]
    short = {"MLP in 2-D": (small, 100), "MLP in 100-D": (large, 60), "U-Net on faces": (image, 10)}
    return {name: dataclasses.replace(spec, steps=steps) for name, (spec, steps) in short.items()}


def main(name: str, threads: str, file: str) -> None:
    torch.set_num_threads(int(threads))
    spec = specs()[name]
    trainer = Trainer([spec])
    for _ in trainer.train():
        pass
    weights = trainer.weights(0)
    torch.set_num_threads(1)  # what is compared is training
    if spec.network == "mlp":
        x = mixture_samples(spec.dataset, "held-out", 256)[0]
    else:
        found = faces(spec.dataset, spec.resolution)
        x = found.tensor(found.split().held_out[:32]).double()
    y = x + SIGMA * torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    save_file(weights | {"residual": Denoiser(trainer.model).residual(y, SIGMA).contiguous()}, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
