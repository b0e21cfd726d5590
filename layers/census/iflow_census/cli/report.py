"""`iflow-census report`: the reports that were published, read and compared."""

import json
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Concatenate

import typer

from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.report_output import (
    plain_head,
    plain_published,
    print_changes,
    print_files,
    print_problems,
    print_reports,
    print_unused,
)
from iflow_census.cli.report_source import Reports, open_reports
from iflow_census.cli.signature import merge_signatures
from iflow_census.cli.terminal import (
    NOTHING_CHANGED,
    ExitCode,
    InvalidUsage,
    JsonResult,
    as_usage_error,
    handle_errors,
    stderr_console,
)
from iflow_census.errors import DataError, NotFound
from iflow_census.report.census_report import plain
from iflow_census.report.changes import compare
from iflow_census.scan.period import Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.report_reader import read_files

HTML = "html"
_ANY_TYPE = "application/octet-stream"

app = typer.Typer(
    name="report",
    help="List, fetch, open and compare the reports that were published.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Period = Annotated[
    str, typer.Argument(metavar="PERIOD", help="The month, as YYYY-MM.", show_default=False)
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        help="Read a folder that holds reports/period=…/, or the folder of `iflow-census run`.",
    ),
]
Bucket = Annotated[
    str | None, typer.Option("--bucket", metavar="NAME", help="Read a bucket, without a stack.")
]
StackName = Annotated[
    str | None,
    typer.Option(
        "--stack", metavar="NAME", help="Read the bucket of a stack.  [default: iflow-census]"
    ),
]


OpenPlace = Callable[[], Reports]
Command = Callable[Concatenate[OpenPlace, ...], None]


def on_reports(
    *, interrupt_note: str = NOTHING_CHANGED
) -> Callable[[Command], Callable[..., None]]:
    """Make a command of a function that reads reports: how a person names their place is said here.

    Args:
        interrupt_note: what to print after Ctrl-C about the state of the work.
    """

    def decorated(command: Command) -> Callable[..., None]:
        def run(
            *,
            folder: Folder = None,
            bucket: Bucket = None,
            stack: StackName = None,
            region: Region = None,
            profile: Profile = None,
            **given: Any,
        ) -> None:
            def open_place() -> Reports:
                account = Account(profile, region)
                return open_reports(account, folder=folder, bucket=bucket, stack=stack)

            with handle_errors(stderr_console(), interrupt_note=interrupt_note):
                command(open_place, **given)

        return merge_signatures(run, command)

    return decorated


@app.command("list")
@on_reports()
def list_reports(open_place: OpenPlace, *, json_result: JsonResult = False) -> None:
    """List the reports: their months, runs, tenants and formats.

    Exit codes: 0 all well, 1 failed, 2 usage error, 3 a manifest is damaged, 130 interrupted.
    """
    console = stderr_console()
    place = open_place()
    found, problems = [], []
    for month in place.months():
        try:
            report = place.find(month)
        except DataError as error:
            problems.append(str(error))
            continue
        if report:
            found.append(report)
    print_reports(console, found, place.source.address(""))
    print_problems(console, problems)
    if json_result:
        typer.echo(json.dumps([plain_published(one) for one in found]))
    if problems:
        raise typer.Exit(ExitCode.PARTIAL)


@app.command()
@on_reports(interrupt_note="the files that were written are whole")
def get(
    open_place: OpenPlace,
    period: Period,
    *,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", metavar="NAME", help="A format; repeatable.  [default: all]"),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the files go.")] = Path(),
    json_result: JsonResult = False,
) -> None:
    """Fetch the files of a report, all of one run, and check them against its manifest."""
    console = stderr_console()
    month = _month(period)
    place = open_place()
    report = place.report(month)
    with _formats():
        bodies = read_files(place.source, report, formats or report.files)
    target = FolderStore(out)
    for name, body in bodies.items():
        target.write(report.files[name].name, body, content_type=_ANY_TYPE)
    written = [report.files[name] for name in bodies]
    print_files(console, report, out, written)
    if json_result:
        files = [{**plain(file), "path": str(out / file.name)} for file in written]
        typer.echo(json.dumps({**plain_head(report), "files": files}))


@app.command("open")
@on_reports()
def open_report(open_place: OpenPlace, period: Period, *, json_result: JsonResult = False) -> None:
    """Fetch a report as html into a temporary folder, and open it in the browser.

    Exit codes: 0 opened, 1 failed or no browser, 2 usage error, 130 interrupted.
    """
    console = stderr_console()
    month = _month(period)
    place = open_place()
    report = place.report(month)
    with _formats():
        body = read_files(place.source, report, [HTML])[HTML]
    path = _private_copy(f"iflow-census-{month}.html", body)
    opened = webbrowser.open(path.as_uri())
    console.print(f"Report: {path}", soft_wrap=True)
    if json_result:
        content = {**plain_head(report), "path": str(path), "opened": opened}
        typer.echo(json.dumps(content))
    if not opened:
        console.print(
            "iflow-census: no browser could be started: open that file in one, or fetch it: "
            f"iflow-census report get {month} --format html --out DIR",
            soft_wrap=True,
        )
        raise typer.Exit(ExitCode.FAILED)


@app.command()
@on_reports()
def diff(
    open_place: OpenPlace, period: Period, other: Period, *, json_result: JsonResult = False
) -> None:
    """Show what changed from one month to another, whichever is named first."""
    console = stderr_console()
    before, after = sorted((_month(period), _month(other)))
    if before == after:
        raise InvalidUsage("name two months that differ")
    place = open_place()
    reports = place.report(before), place.report(after)
    with _formats():
        earlier = place.compared(reports[0])
        later = place.whole(reports[1])
    changes = compare(later.tenants, earlier, later.thresholds)
    print_changes(console, reports, changes)
    if json_result:
        typer.echo(json.dumps({**plain_head(reports[1]), "changes": plain(changes)}))


@app.command()
@on_reports()
def unused(open_place: OpenPlace, period: Period, *, json_result: JsonResult = False) -> None:
    """List what was deployed and had no message in the month, and since when."""
    console = stderr_console()
    month = _month(period)
    place = open_place()
    report = place.report(month)
    with _formats():
        whole, warnings = place.with_earlier(report)
    found = whole.unused()
    print_unused(console, report, found)
    print_problems(console, warnings)
    if json_result:
        content = {**plain_head(report), "unused": plain(found), "warnings": list(warnings)}
        typer.echo(json.dumps(content))


def _month(text: str) -> Month:
    with as_usage_error():
        return Month.parse(text)


@contextmanager
def _formats() -> Iterator[None]:
    """A format that a report was not written in was asked for in vain."""
    try:
        yield
    except NotFound as error:
        raise InvalidUsage(str(error)) from None


def _private_copy(name: str, body: bytes) -> Path:
    """A copy that no other user can read; it stays, since the browser reads it later."""
    folder = Path(tempfile.mkdtemp(prefix="iflow-census-"))
    FolderStore(folder).write(name, body, content_type=_ANY_TYPE)
    return folder / name
