"""The same specification, trained again: the same bits with one thread, in any process; with more, how far apart."""

import pytest
import repeating
import torch
from safetensors.torch import load_file

from lowdiff_lib.measures import metrics


def deviation(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> tuple[float, float]:
    """Largest difference of a weight over the root mean square of its array; relative distance of the residuals."""
    names = first.keys() - {"residual"}
    largest = max(float((first[n] - second[n]).abs().max()) / max(metrics.rms(first[n].float()), 1e-30) for n in names)
    return largest, metrics.relative_distance(first["residual"], second["residual"])


@pytest.mark.slow
@pytest.mark.parametrize("network", ["MLP in 2-D", "MLP in 100-D", "U-Net on faces"])
def test_a_training_repeats_in_another_process(script, keep_row, store, tmp_path, monkeypatch, network):
    """More threads may differ; how much is measured, and shown in the book."""
    results = {}
    for what, threads in (("first", 1), ("1 thread, another process", 1), ("2 threads", 2), ("4 threads", 4)):
        script("repeating", network, threads, file := tmp_path / f"{len(results)}.safetensors")
        results[what] = load_file(file)
    first = results.pop("first")
    for what, other in results.items():
        weight, residual = deviation(first, other)
        steps = repeating.specs()[network].steps
        row = {"network": network, "steps": steps, "compared with": what}
        found = {"largest weight difference": weight, "residual difference": residual}
        keep_row("threads", row | {name: f"{value:.1e}" if value else "0" for name, value in found.items()})
    again = results["1 thread, another process"]
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert max(deviation(first, other)[1] for other in results.values()) < 0.5, "more threads train another model"
