"""From text notebooks to a book: run what changed, stage it, let jupyter-book make the pages.

A chapter that fails stops the build before any page is touched. Builds that run at once wait for each other
where they would do the same work, and then use it.
"""

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from filelock import Timeout

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters, inputs, pages, together, warm
from lowdiff_lib.book.executed import Execution, execution, latest
from lowdiff_lib.book.progress import Progress

Work = Callable[[Mapping[str, Iterable[str]], str], Mapping[str, float]]


def build(profile: str | None = None, names: Sequence[str] = (), force: bool = False, work: Work | None = None) -> Path:
    """Run the chapters that changed (of `names`, or all), bring the pages up to date, return the first page.

    `profile` goes to every chapter that has that parameter; `force` runs chapters that did not change, too.
    Chapters that are not in `names` appear as a build last asked for them. work: how much chapters that never ran will
    train at a profile, by the definitions that each reaches; then the time left is known. Raises ParameterError before
    anything runs, ChapterFailed before any page changes, BookFailed if a page has a warning.
    """
    book = chapters.all_chapters()
    chosen = {chapters.load(name).name for name in names} or {chapter.name for chapter in book}
    if strangers := chosen - {chapter.name for chapter in book}:
        raise LowdiffError(f"{', '.join(sorted(strangers))} is not in _toc.yml; add it there to have it in the book")
    plans = {}
    for chapter in book:
        has_profile = any(parameter.name == "profile" for parameter in chapter.parameters)
        values = {"profile": profile} if profile is not None and has_profile else {}
        if chapter.name in chosen:
            plans[chapter.name] = execution(chapter, values)
    known = (lambda reached: work(reached, profile)) if work and profile else _cells  # what is published is not trained
    _bring_up_to_date(list(plans.values()), force, known)
    executed = {chapter.name: latest(chapter.name) for chapter in book if chapter.name not in plans}
    executed |= {name: plan.notebook for name, plan in plans.items()}
    with _one_at_a_time(paths.staged(), "builds the pages"):
        _make_pages(executed)
    return paths.build() / "html" / "index.html"


def _cells(reached: Iterable[str]) -> dict[str, float]:
    """How much chapters have to do that show what is published: there a cell is as good as another."""
    return {name: len(chapters.load(name).code_cells) for name in reached}


def run(name: str, values: Mapping[str, Any], output: Path | None = None, force: bool = False) -> Path:
    """Run one chapter with parameter `values` (text or Python values) and return the executed notebook.

    It is kept, and not run again until something changes. With `output` it is also written there, as .ipynb.
    """
    if output and output.suffix != ".ipynb":
        raise LowdiffError(f"{output} is not a notebook's name; let it end in .ipynb")
    plan = execution(chapters.load(name), values)
    _bring_up_to_date([plan], force, for_pages=False)
    if output is None:
        return plan.notebook
    import nbformat

    from lowdiff_lib.book import stage

    notebook = stage.with_outputs(plan.chapter, plan.notebook)
    storage.write_if_changed(output, f"{nbformat.writes(notebook)}\n".encode())
    return output


def _bring_up_to_date(
    plans: list[Execution],
    force: bool,
    work: Callable[[Mapping[str, Iterable[str]]], Mapping[str, float]] | None = None,
    for_pages: bool = True,
) -> None:
    stale = [plan for plan in plans if force or plan.stale()]
    due = [plan for plan in plans if plan in stale or plan.reads_tables]
    last = {plan.chapter.name: (plan.record or {}).get("seconds") for plan in due}
    new = {plan.chapter.name: plan.basis["library"] for plan in due if last[plan.chapter.name] is None}
    count = min(together.at_once(), len(due)) or 1
    progress = Progress(last, work=work(new) if work and len(new) > 1 else None, at_once=count)
    for plan in plans:
        if for_pages and plan not in due:
            plan.put_on_page()
    with warm.warm([plan.chapter for plan in stale]) as process:
        for last_of_all in (False, True):  # those that show what others measured
            wave = [plan for plan in due if plan.reads_tables is last_of_all]
            together.run([partial(_run_one, plan, force, for_pages, progress, process) for plan in wave], count)


def _run_one(
    plan: Execution,
    force: bool,
    for_pages: bool,
    progress: Progress,
    process: warm.Warm | None,
    stop: threading.Event,
) -> None:
    before = plan.record
    with _one_at_a_time(plan.notebook, f"runs {plan.chapter.name}", stop):
        plan = plan.again()  # a chapter before it may have measured what this one shows
        storage.remove_strays(plan.notebook.with_suffix(""))
        if plan.stale() or (force and plan.record == before):  # else someone did it while we waited
            from lowdiff_lib.book.execute import execute

            with progress.chapter(plan.chapter.name) as running:
                start = time.monotonic()
                megabytes = execute(plan.chapter, plan.values, plan.notebook, running, stop, process)
                plan.keep(time.monotonic() - start, megabytes)
        if for_pages:
            plan.put_on_page()


@contextmanager
def _one_at_a_time(path: Path, doing: str, stop: threading.Event | None = None) -> Iterator[None]:
    """Hold the lock of a path. Whoever waits for it gives up once `stop` is set."""
    lock = storage.locked(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"waiting for another lowdiff, which {doing}", file=sys.stderr, flush=True)
        while not lock.is_locked:
            if stop and stop.is_set():
                raise LowdiffError(f"stopped while another lowdiff {doing}") from None
            with suppress(Timeout):
                lock.acquire(timeout=1)
    try:
        yield
    finally:
        lock.release()


def _make_pages(executed: Mapping[str, Path | None]) -> None:
    """Run jupyter-book if what pages are made of, and what is staged of it, is not what it was at the last whole build.

    It makes only the pages that changed. It begins with nothing if what all pages share changed, if the last build
    did not end well, or if the clock was put back: then what it believes to be up to date may not be.
    """
    html, marker = paths.build() / "html", paths.build() / "pages.json"
    storage.remove_strays(marker)
    try:
        before = dict(json.loads(marker.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        before = {}
    listed, made_of = chapters.toc_files(), inputs.digest(executed)
    needed = [html / f"{page}.html" for page in [*listed, "index", "search", "genindex"]]
    needed.append(html / "searchindex.js")
    whole = all(page.is_file() for page in needed)
    if whole and before.get("inputs") == made_of:
        return
    from lowdiff_lib.book import stage

    staged = stage.stage(executed)
    state = {"pages": listed, "staged": staged, "frame": stage.frame(staged), "inputs": made_of}
    if whole and before | {"inputs": made_of} == state:
        storage.write_if_changed(marker, json.dumps(state, indent=1).encode())
        return
    same_frame = whole and before.get("frame") == state["frame"]
    everything = not same_frame or max(page.stat().st_mtime for page in needed) > time.time()
    gone = set(before.get("pages", [])) - set(listed)
    marker.unlink(missing_ok=True)
    print(f"building the pages{'' if everything else ' that changed'}", file=sys.stderr, flush=True)
    if everything:
        for old in (html, paths.build() / ".doctrees"):
            if old.is_dir():
                shutil.rmtree(old)
    pages.make()
    for page in gone:
        (html / f"{page}.html").unlink(missing_ok=True)
    storage.write_if_changed(marker, json.dumps(state, indent=1).encode())
