"""What a training step spends its time on, by torch's profiler: the rows that say what holds a missed goal."""

import time
from collections.abc import Sequence

from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.timing import Rows, Scale, row
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.trainer import Trainer

MATMULS = {"aten::mm", "aten::bmm", "aten::baddbmm", "aten::addmm", "aten::matmul"}
PARTS = ("matrix products", "activations, loss and gradients between them", "optimiser", "noise and samples", "Python")


def rows(specs: Sequence[RunSpec], scale: Scale) -> Rows:
    """The share of each part in a step of a stack, as the profiler sees it (it slows Python down)."""
    trainer = Trainer(specs)
    trainer.block = scale.pick(2, 10)
    draw = trainer._draw

    def drawn(count: int):
        with record_function("draw"):
            return draw(count)

    trainer._draw = drawn  # type: ignore[method-assign]
    progress = trainer.train()
    next(progress)
    found: list[dict[str, float]] = []
    for _ in range(scale.repeats):
        with profile(activities=[ProfilerActivity.CPU]) as profiler:
            start = time.perf_counter()
            next(progress)
            wall = time.perf_counter() - start
        found.append(_parts(profiler.events(), wall))
    case = f"{trainer.data[0].shape[1]}-D, {len(specs)} networks, batch {specs[0].batch}"
    case += ", ssm" if specs[0].objective == "ssm" else ""
    for part in PARTS:
        yield row("profile", f"{case}: {part}", "share of a step", [each[part] for each in found])


def _parts(events, wall: float) -> dict[str, float]:
    total = dict.fromkeys(PARTS, 0.0)
    for event in events:
        names, at = [event.name], event.cpu_parent
        while at is not None:
            names.append(at.name)
            at = at.cpu_parent
        if event.name in MATMULS:
            part = PARTS[0]
        elif any(name.startswith("Optimizer.") for name in names):
            part = PARTS[2]
        elif "draw" in names:
            part = PARTS[3]
        else:
            part = PARTS[1]
        total[part] += event.self_cpu_time_total / 1e6 / wall
    total[PARTS[4]] = max(0.0, 1 - sum(total.values()))
    return total
