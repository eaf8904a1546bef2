"""Ctrl-C at any moment: one sentence, exit code 130, no litter, and the next call goes on."""

import os
import random
import signal
import subprocess
import sys
import time

import forks
import psutil
import pytest
from sweeping import until

SENTENCE = "lowdiff: stopped; what was finished is kept, and the next call goes on from there"


@pytest.mark.slow
def test_a_build_can_be_stopped_at_any_moment(toy, script, record_fault):
    with record_fault("Ctrl-C", "building") as tally:
        tally.add(script("building", "interrupt", 8, library=toy.root)["interrupt"])


@pytest.mark.slow
def test_so_can_a_sweep(empty_store, record_fault):
    """From a terminal, where all its processes hear it."""
    chance = random.Random(0)
    with record_fault("Ctrl-C", "training") as tally:
        for _ in range(3):
            sweep = subprocess.Popen(
                [sys.executable, "-m", "lowdiff_lib.cli", "sweep", "training_set_size"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
            )  # fmt: skip
            assert sweep.stderr
            sweep.stderr.readline()
            time.sleep(chance.uniform(0, 6))
            workers = psutil.Process(sweep.pid).children(recursive=True)
            os.killpg(sweep.pid, signal.SIGINT)
            _, said = sweep.communicate(timeout=60)
            tally.tries += 1
            tally.expect(sweep.returncode == 130 and said.strip().splitlines()[-1] == SENTENCE, said)
            tally.expect("Traceback" not in said, said)
            until(lambda workers=workers: not any(map(psutil.Process.is_running, workers)), seconds=20)
        # A worker that was ended may have been writing: the next one tidies up (test_litter.py).
        tally.expect(not forks.strays(empty_store / "models"), forks.strays(empty_store / "models"))
