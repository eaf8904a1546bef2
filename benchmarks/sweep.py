"""How much faster is a sweep with two processes than with one?

    .venv/bin/python benchmarks/sweep.py [--longer 40] [--repeats 3]

The `smoke` sweep of the usual arm of two studies, each time into an empty store, start of the processes included.
`smoke` itself is over before the processes have loaded torch, so its training is made `--longer`.
"""

import argparse
import os
import statistics
import tempfile
import time

from lowdiff_lib.experiments.arms import times
from lowdiff_lib.experiments.studies import denoising_faces, training_set_size
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import sweep

PROCESSES = (1, 2)


def seconds(specs: list[RunSpec], workers: int) -> float:
    with tempfile.TemporaryDirectory() as store:
        os.environ["LOWDIFF_RUNS"] = store
        start = time.perf_counter()
        sweep.ensure(specs, workers)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longer", type=float, default=40, help="how many times the training steps of `smoke` (40)")
    parser.add_argument("--repeats", type=int, default=3, help="the median of so many (3)")
    options = parser.parse_args()
    print(f"study  {'  '.join(f'{n} process(es) [s]' for n in PROCESSES)}  ratio   (median, lowest to highest)")
    for study, longer in ((training_set_size.study, options.longer), (denoising_faces.study, options.longer / 4)):
        name, specs = study.name, [times("steps", longer)(spec) for spec in study.plan("smoke").specs]
        taken: dict[int, list[float]] = {n: [] for n in PROCESSES}
        for _ in range(options.repeats):
            for n in PROCESSES:  # in turns, so that a busy minute hits both
                taken[n].append(seconds(specs, n))
        cells = [f"{statistics.median(t):.1f} ({min(t):.1f} to {max(t):.1f})" for t in taken.values()]
        ratios = [one / two for one, two in zip(*taken.values(), strict=True)]
        print(f"{name}  {'  '.join(cells)}  {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
