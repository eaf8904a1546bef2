"""Run all benchmarks, or some, and keep the table. See the package's own text."""

import importlib
import json
import os
import time
from pathlib import Path

import pandas as pd
import torch

import benchmarks
from benchmarks.timing import COLUMNS, Scale, options, told
from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.provenance import provenance

SUBJECTS = ("stacks", "objectives", "images", "ideal", "score", "book", "growth", "paper")


def about(scale: Scale, subjects: list[str], seconds: float) -> dict:
    """Where, when and with what the table was measured."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(": ", 1)[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        processor = "unknown"
    settings = {"quick": scale.quick, "subjects": subjects, "seconds": round(seconds)}
    torch_has = {"capability": torch.backends.cpu.get_cpu_capability(), "threads": torch.get_num_threads()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return provenance() | {"processor": processor, "load_after": load} | torch_has | settings


def main() -> None:
    parser = options(benchmarks.__doc__)
    parser.add_argument("--only", nargs="+", choices=SUBJECTS, default=list(SUBJECTS), help="some subjects")
    parser.add_argument("--output", type=Path, help="the folder for speed.csv and speed.json")
    chosen = parser.parse_args()
    complete = not chosen.quick and chosen.only == list(SUBJECTS)
    folder = chosen.output or (paths.data() if complete else paths.build()) / "benchmarks"
    scale, start, rows = Scale(chosen.quick), time.perf_counter(), []
    for number, name in enumerate(chosen.only, 1):
        spent = time.perf_counter() - start
        print(f"[{number}/{len(chosen.only)}] {name}, {spent:.0f} s so far", flush=True)
        rows += list(told(importlib.import_module(f"benchmarks.{name}").rows(scale)))
    table = pd.DataFrame(rows, columns=COLUMNS).to_csv(index=False, float_format="%.5g", lineterminator="\n")
    seconds = time.perf_counter() - start
    facts = json.dumps(about(scale, chosen.only, seconds), indent=1)
    storage.write_if_changed(folder / "speed.csv", table.encode())
    storage.write_if_changed(folder / "speed.json", f"{facts}\n".encode())
    print(f"{len(rows)} rows in {seconds:.0f} s: {folder / 'speed.csv'}")


if __name__ == "__main__":
    main()
