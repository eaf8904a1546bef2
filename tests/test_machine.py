"""A container, or a batch job, may use less than the machine has; and the reader may say how much."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lowdiff_lib.base import machine
from lowdiff_lib.base.errors import LowdiffError

MB = 1 << 20
VERSION_2 = {
    "proc/self/cgroup": "0::/docker/abc\n",
    "sys/fs/cgroup/docker/abc/cpu.max": "150000 100000\n",
    "sys/fs/cgroup/docker/abc/memory.max": f"{2000 * MB}\n",
    "sys/fs/cgroup/docker/abc/memory.current": f"{900 * MB}\n",
    "sys/fs/cgroup/docker/abc/memory.stat": f"anon 5\ninactive_file {400 * MB}\n",
    "sys/fs/cgroup/docker/cpu.max": "max 100000\n",
    "sys/fs/cgroup/cgroup.procs": "",
}
VERSION_1 = {
    "proc/self/cgroup": "9:name=systemd:/\n4:memory:/job\n2:cpu,cpuacct:/job\n",
    "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "-1\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "sys/fs/cgroup/memory/job/memory.limit_in_bytes": f"{2000 * MB}\n",
    "sys/fs/cgroup/memory/job/memory.usage_in_bytes": f"{900 * MB}\n",
    "sys/fs/cgroup/memory/job/memory.stat": f"inactive_file 1\ntotal_inactive_file {400 * MB}\n",
}
# Inside a container its own group is the top one, whatever /proc says of it.
INSIDE = {"proc/self/cgroup": "0::/../../somewhere/else\n", "sys/fs/cgroup/cpu.max": "150000 100000\n"}


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable: 8192000 kB\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1, INSIDE], ids=["version 2", "version 1", "inside"])
def test_cores_are_those_that_the_container_grants(tmp_path, files):
    assert list(machine._quotas(tree(tmp_path, files))) == [1.5]


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1], ids=["version 2", "version 1"])
def test_free_memory_is_what_the_limit_leaves_without_what_can_be_dropped(tmp_path, files):
    assert min(machine._free(tree(tmp_path, files))) == 1500 * MB


def test_without_a_limit_it_is_what_the_machine_has(tmp_path, monkeypatch):
    assert min(machine._free(tree(tmp_path, {}))) == 8192000 * 1024
    assert list(machine._quotas(tmp_path)) == []
    assert list(machine._free(tmp_path / "another system")) == []
    monkeypatch.delenv("LOWDIFF_WORKERS", raising=False)
    assert 1 <= machine.cores() <= os.cpu_count()
    assert 0 < machine.free_memory() <= psutil.virtual_memory().total


def test_the_reader_may_say_how_many(monkeypatch):
    monkeypatch.setenv("LOWDIFF_WORKERS", "7")
    assert machine.cores() == 7
    for wrong in ("0", "-1", "two", "1.5"):
        monkeypatch.setenv("LOWDIFF_WORKERS", wrong)
        with pytest.raises(LowdiffError, match=r"LOWDIFF_WORKERS is .* at least 1"):
            machine.cores()


def in_a_process(code: str, **environment: str) -> str:
    """What a fresh Python prints that nobody has told about threads."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "MKL_", "GOMP_"))}
    done = subprocess.run([sys.executable, "-c", code], env=mine | environment, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_library_keeps_threads_from_spinning_and_loads_nothing():
    code = "import sys; before = {*sys.modules}; import lowdiff_lib, os; print(os.environ['OMP_WAIT_POLICY'], "
    code += "*{name.partition('.')[0] for name in {*sys.modules} - before})"
    assert in_a_process(code) == "passive lowdiff_lib"
    assert in_a_process(code, OMP_WAIT_POLICY="active").startswith("active")


@pytest.mark.slow
def test_small_products_are_about_as_fast_beside_others():
    code = (
        "import lowdiff_lib, time, torch; a, b = torch.randn(64, 256), torch.randn(256, 256); "
        "start = time.perf_counter(); [torch.relu(a @ b) for _ in range(3000)]; print(time.perf_counter() - start)"
    )
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(machine.cores())]
    try:
        alone, together = (float(in_a_process(code, **extra)) for extra in ({"OMP_NUM_THREADS": "1"}, {}))
    finally:
        for process in busy:
            process.kill()
    assert together < 5 * alone
