"""The command line. What a command needs is imported when it runs, so that help and a mistyped name answer at once."""

import argparse
import errno
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import real
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import speak_plainly

DESCRIPTION = "Run, edit and build the book about diffusion models at low noise."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 (it failed), 2 (it was asked wrongly), 130 (stopped)."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that `kill` ends what was started, too
    warnings.formatwarning = lambda message, *_, **__: f"lowdiff: {message}\n"  # where in our code helps no user
    try:
        speak_plainly()
        options = _parser().parse_args(_guard_values(sys.argv[1:] if arguments is None else arguments))
        if options.command in (build, run, status, verify, claims) and (hidden := paths.hidden_tables()):
            print(f"lowdiff: {hidden}", file=sys.stderr)
        return options.command(options) or 0
    except LowdiffError as error:
        print(f"lowdiff: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        sys.unraisablehook = lambda _: None  # objects that were half made may complain when they are taken down
        print("\nlowdiff: stopped; what was finished is kept, and the next call goes on from there", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output, `head` perhaps, has seen enough
        sys.stderr.close()
        return 1
    except _cannot_write() as error:  # a full disk, a folder that may not be written
        closed = getattr(error, "errno", 0) in (errno.EROFS, errno.EACCES)
        advice = "; LOWDIFF_BUILD, LOWDIFF_RUNS and LOWDIFF_CACHE name other folders" if closed else ""
        print(f"lowdiff: {error}{advice}", file=sys.stderr)
        return 1


def _cannot_write() -> tuple[type[Exception], ...]:
    """Asked once something failed. The writer of weights has an error of its own for a full disk."""
    from safetensors import SafetensorError

    return OSError, SafetensorError


def build(options: argparse.Namespace) -> None:
    from lowdiff_lib.book import build as book

    page = book.build(options.profile, options.chapter, options.force, _work)
    print(f"The book: {page}")


def _work(reached: Mapping[str, Iterable[str]], profile: str) -> Mapping[str, float]:
    """How much chapters that never ran will train, by the definitions that they reach."""
    from lowdiff_lib.experiments import catalog

    return catalog.work(reached, profile)


def run(options: argparse.Namespace) -> None:
    if options.help:
        from lowdiff_lib.book import chapters

        print(chapters.usage(options.chapter) if options.chapter else options.parser.format_help(), end="")
        return
    if not options.chapter:
        options.parser.error("name a chapter; lowdiff status lists them")
    from lowdiff_lib.book import build as book

    given = [(name, value.removeprefix(_GUARD)) for name, value in options.parameters]
    given += [] if options.profile is None else [("profile", options.profile)]
    values = _from_here(options.chapter, given)
    notebook = book.run(options.chapter, values, options.output, options.force)
    print(f"The executed notebook: {notebook}")


def _from_here(chapter: str, given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Values in their types; a folder of photographs is looked up where the user is, and must be of use."""
    from lowdiff_lib.book import chapters

    typed = chapters.validate(chapters.load(chapter), chapters.each_once(given))
    if typed.get("source", "auto") != "auto":
        from lowdiff_lib.datasets.photographs.find import where

        typed["source"] = where(typed["source"])
    values = {parameter.name: parameter.default for parameter in chapters.load(chapter).parameters} | typed
    if "source" in values and typed.keys() & {"source", "face", "sizes"}:  # what only the photographs tell to be wrong
        from lowdiff_lib.experiments import faces

        faces.check(values["source"], values.get("profile", "quick"), values.get("face", 0), values.get("sizes", ()))
    return typed


def status(options: argparse.Namespace) -> None:
    from lowdiff_lib.book.status import report

    print(report())


def sync(options: argparse.Namespace) -> None:
    from lowdiff_lib.book.pairing import sync as pair

    for line in pair():
        print(line)


def new(options: argparse.Namespace) -> None:
    from lowdiff_lib.book.template import add_chapter

    path = add_chapter(options.chapter, options.title)
    print(f"{path} is written and in _toc.yml. To see it: lowdiff build {path.stem}")


def sweep(options: argparse.Namespace) -> None:
    from lowdiff_lib.experiments import catalog

    catalog.found(options.study, options.profile, options.arm)  # before what takes a second to import
    if options.hours is not None:
        real("hours", options.hours, 0)

    from lowdiff_lib.experiments import order
    from lowdiff_lib.training import stacks
    from lowdiff_lib.training import sweep as runs_of
    from lowdiff_lib.training.outlook import Outlook

    plans = catalog.plans(options.study, options.profile, options.arm, *_part(options))
    cases = [case for plan in plans for case in plan.cases] if options.hours is None else order.by_value(plans)
    specs = [spec for case in cases for spec in case.runs.values()]
    print(f"{options.study}, profile {options.profile}: {Outlook().describe(specs, options.workers)}", flush=True)
    if options.dry_run:
        fits = {spec for job in runs_of.chosen(specs, options.hours, options.workers) for spec in job}
        left = [spec for spec in stacks.missing(specs) if spec not in fits]
    else:
        left = runs_of.ensure(specs, options.workers, options.scheduler, options.hours)
        part = options.arm or options.data or options.size or options.repetitions or left  # which may be on no page
        page = "" if part else f" To see them: lowdiff build --profile {options.profile}"
        print(f"{'What is trained is' if left else 'All of them are'} in {paths.runs() / 'models'}.{page}")
    for line in order.what_is_left(cases, left):
        print(line)


def data(options: argparse.Namespace) -> None:
    from lowdiff_lib.datasets.overview import describe

    if options.download:
        from lowdiff_lib.datasets.photographs.celeba import download_celeba

        print(f"CelebA is in {download_celeba()}", flush=True)
    for text in describe(options.source, options.resolution):
        print(text, flush=True)


def publish(options: argparse.Namespace) -> None:
    from lowdiff_lib.publishing import names

    names.found(options.study, options.profile, options.arm)  # before what takes a second to import

    from lowdiff_lib.publishing.publish import publish as put

    how = options.allow_small, options.archive, options.add
    for path in put(options.study, options.profile, options.arm, *_part(options), *how):
        print(f"Published: {path}")


def fetch(options: argparse.Namespace) -> None:
    from lowdiff_lib.publishing.fetch import fetch as get

    for path in get(options.source):
        print(f"Fetched: {path}")


def verify(options: argparse.Namespace) -> None:
    from lowdiff_lib.publishing.verify import verify as compare

    for line in compare(options.retrain):
        print(line)


def claims(options: argparse.Namespace) -> None:
    from lowdiff_lib.experiments import profiles

    if options.profile is not None:
        profiles.check(options.profile)  # else a mistyped one would look as if nothing was measured

    from lowdiff_lib import tables
    from lowdiff_lib.claims import text
    from lowdiff_lib.claims.ledger import ledger
    from lowdiff_lib.experiments import catalog
    from lowdiff_lib.experiments.facts import facts

    measured = catalog.stored(options.profile) if options.profile else tables.all_published()
    known = facts({name for table in measured.values() for name in table.dataset})
    found = ledger(measured, known, pools={} if options.profile else tables.pools())
    print(text.as_json(found) if options.json else text.table(found))


def _part(options: argparse.Namespace) -> tuple[list[str], list[int], int]:
    """The part of a study's grid that is asked for: data sets, sizes, repetitions."""
    return options.data, options.size, options.repetitions


def _add_part(command: argparse.ArgumentParser) -> None:
    """Options that name a part of a study's grid; what is not named the profile decides."""
    option = partial(command.add_argument, action="append", default=[])
    option("--arm", help="only this arm, such as twice; may be repeated, as those that follow")
    option("--data", help="only this data set, such as spiral")
    option("--size", type=int, metavar="N", help="only this many training samples a side; 0 is all there are")
    command.add_argument("--repetitions", type=int, default=0, metavar="R", help="how many, if not the profile's")


def serve(options: argparse.Namespace) -> None:
    from lowdiff_lib.book.serve import serve as listen

    if options.watch:
        from lowdiff_lib.book import build, watch

        watch.start(build.build)
    listen(options.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lowdiff", description=DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(function: Callable, **about: Any) -> argparse.ArgumentParser:
        """A command that has the name of the function that does it."""
        command = commands.add_parser(function.__name__, **about)
        command.set_defaults(command=function)
        return command

    command = add(build, help="run the chapters that changed and make the pages")
    command.add_argument("chapter", nargs="*", metavar="CHAPTER", help="run only these (all others stay as they are)")
    command.add_argument("--profile", help="train again, so much: smoke, quick, full or paper")
    command.add_argument("--force", action="store_true", help="run chapters that did not change, too")

    more = "`lowdiff run CHAPTER --help` lists the parameters of that chapter."
    command = add(run, add_help=False, help="run one chapter with other parameters", epilog=more)
    command.add_argument("chapter", nargs="?", metavar="CHAPTER")
    command.add_argument(
        "-p", nargs=2, action="append", default=[], dest="parameters", metavar=("NAME", "VALUE"),
        help="a parameter of the chapter, such as -p sizes '[10, 100]'; may be repeated",
    )  # fmt: skip
    command.add_argument("--profile", help="short for -p profile PROFILE")
    command.add_argument("--output", type=Path, metavar="FILE", help="write the executed notebook here, too")
    command.add_argument("--force", action="store_true", help="run even if nothing changed")
    command.add_argument("-h", "--help", action="store_true", help="show this, or the parameters of CHAPTER")
    command.set_defaults(command=run, parser=command)
    add(status, help="say what is fresh, what is stale and why")
    add(sync, help="bring chapters/*.md and notebooks/*.ipynb together")
    command = add(new, help="start a chapter from a template")
    command.add_argument("chapter", metavar="CHAPTER", help="its name, in lower case with hyphens: my-question")
    command.add_argument("--title", help="its heading (made from the name if not given)")

    command = add(sweep, help="train what a study needs, here or on a cluster")
    command.add_argument("study", metavar="STUDY", help="such as training_set_size")
    _add_part(command)
    command.add_argument("--profile", default="quick", help="how much to train: smoke, quick (default), full or paper")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes on this machine (one per core, or per card)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="train on the Dask cluster there: tcp://10.0.0.1:8786")
    more = "stop in time; what is worth most comes first: one repetition of everything, the usual arm before others"
    command.add_argument("--hours", type=float, metavar="H", help=more)
    command.add_argument("--dry-run", action="store_true", help="only say what is there and what would be trained")
    command = add(data, help="say which data sets are here, and how to get CelebA")
    command.add_argument("--source", help="only this one: faces, celeba, or a folder, .zip or .npz of portraits")
    command.add_argument("--resolution", type=int, default=20, metavar="R", help="pixels along a side (20)")
    command.add_argument("--download", action="store_true", help="fetch CelebA first (for non-commercial research)")
    command = add(publish, help="put the tables of a study into data/, with where they come from")
    command.add_argument("study", metavar="STUDY", help="such as training_set_size; or weights: the networks")
    _add_part(command)
    command.add_argument("--profile", default="full", help="how much to train: full (the default) or paper")
    command.add_argument("--allow-small", action="store_true", help="publish smoke or quick, to try it out")
    command.add_argument("--add", action="store_true", help="keep what is published of other cases of these arms")
    command.add_argument("--archive", type=Path, metavar="FILE", help="put weights into this new .zip, not into data/")
    command = add(fetch, help="get an archive of weights that the records know, and check it")
    command.add_argument("source", metavar="SOURCE", help="its address (https://...), or a file")
    command = add(verify, help="compare data/ with its records, and measure and train a part again")
    command.add_argument("--retrain", type=int, default=1, metavar="N", help="how many cases to train again (1)")
    command = add(claims, help="say which claims hold by the published tables, or by yours")
    command.add_argument("--profile", help="by your own tables instead, those that were measured with this profile")
    command.add_argument("--json", action="store_true", help="all of it, with every number and reason")
    command = add(serve, help="show the book at an address of this machine only")
    command.add_argument("--port", type=int, default=8000, help="where to listen; another if it is taken")
    command.add_argument("--watch", action="store_true", help="build first, and again what changes, in seconds")
    return parser


_GUARD = "\0"  # argparse takes a value such as -1e-4 for an option


def _guard_values(arguments: Sequence[str]) -> list[str]:
    """Mark what follows `-p NAME`, so that a value may start with a minus."""
    guarded = list(arguments)
    for place, argument in enumerate(guarded[:-2]):
        if argument == "-p" and guarded[0] == "run":
            guarded[place + 2] = _GUARD + guarded[place + 2]
    return guarded


if __name__ == "__main__":
    sys.exit(main())
