"""Two real processes that train one network together (torchrun, on the cores) train it as one process does."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, stacks
from lowdiff_lib.training.team import part

FACES = RunSpec(
    "faces", 20, network="unet", width=4, depth=1, resolution=20, steps=30, batch=16, lr=2e-3, sigma_max=2.0
)
SPIRAL = RunSpec("spiral", 50, width=16, depth=1, steps=150, batch=64)

PROGRAM = """
import sys
from lowdiff_lib.training import sweep
from lowdiff_lib.specs import RunSpec

if __name__ == "__main__":
    sweep.ensure([RunSpec(**arguments) for arguments in {arguments}])
"""


def torchrun(folder: Path, store: Path, specs: list[RunSpec], processes: int = 2) -> subprocess.CompletedProcess:
    program = folder / "program.py"
    program.write_text(PROGRAM.format(arguments=[spec.__dict__ for spec in specs]))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    environment = os.environ | {"LOWDIFF_RUNS": str(store), "OMP_NUM_THREADS": "1"}
    return subprocess.run([*command, str(program)], env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "specs",
    [pytest.param([FACES], id="unet"), pytest.param([SPIRAL, SPIRAL.twin(1)], id="stack", marks=pytest.mark.slow)],
)
def test_two_processes_train_what_one_process_trains(tmp_path, monkeypatch, specs):
    """Same loss and same weights, but for the order in which sums are rounded."""
    ended = torchrun(tmp_path, tmp_path / "two", specs)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("training") == 1  # one of them speaks
    found = {}
    for name in ("one", "two"):
        monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / name))
        if name == "one":
            stacks.train(specs, runs.stack_key(specs))
        found[name] = [(runs.read(spec), runs.load(spec)) for spec in specs]
    for (one, network), (two, other) in zip(found["one"], found["two"], strict=True):
        losses = [torch.tensor(about["loss"])[:, 1] for about in (one, two)]
        torch.testing.assert_close(losses[0], losses[1], rtol=1e-3, atol=0)
        for mine, its in zip(network.model.parameters(), other.model.parameters(), strict=True):
            torch.testing.assert_close(mine, its, rtol=0, atol=2e-3)


@pytest.mark.parametrize("size", [2, 4])
def test_the_parts_of_a_batch_are_the_batch_in_whole_pairs(size):
    x = torch.randn(3, 2, 8, 5)
    block = torch.cat([x, -x], 2)
    parts = [part(block, rank, size) for rank in range(size)]
    for each in parts:
        first, second = each.chunk(2, 2)
        assert torch.equal(first, -second)
    assert torch.equal(torch.cat(parts, 2).sort(2).values, block.sort(2).values)


@pytest.mark.slow
def test_a_batch_that_cannot_be_shared_is_refused_with_what_can(tmp_path):
    ended = torchrun(tmp_path, tmp_path / "runs", [dataclasses.replace(SPIRAL, batch=10)])
    assert ended.returncode != 0
    assert "a batch of 10 cannot be shared by 2 processes; it must be a multiple of 4" in ended.stderr
