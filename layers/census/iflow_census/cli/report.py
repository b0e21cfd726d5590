"""`iflow-census report`: list, download, open and compare published reports."""

import json
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Concatenate

import typer

from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.command import command_group
from iflow_census.cli.format_option import format_option, split_formats
from iflow_census.cli.report_output import (
    print_changes,
    print_files,
    print_problems,
    print_reports,
    print_unused,
    report_entry,
    report_head,
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
    print_error,
    stderr_console,
)
from iflow_census.errors import DataError, NotFound
from iflow_census.report.census_report import to_json
from iflow_census.report.changes import compare
from iflow_census.scan.period import LAST_30_DAYS, Month
from iflow_census.store.folder import FolderStore
from iflow_census.store.report_reader import read_files

HTML = "html"
_ANY_TYPE = "application/octet-stream"

app = command_group("report", "List, download, open and compare published reports.")

Period = Annotated[
    str,
    typer.Argument(
        metavar="PERIOD", help="The month, as YYYY-MM, or last-30-days.", show_default=False
    ),
]
MonthArgument = Annotated[
    str, typer.Argument(metavar="MONTH", help="A month, as YYYY-MM.", show_default=False)
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        metavar="DIR",
        help="Read from a folder: a copy of reports/, or the --out folder of `iflow-census run`.  "
        "[default: iflow-census, or IFLOW_CENSUS_DIR, if it exists]",
    ),
]
Bucket = Annotated[
    str | None,
    typer.Option("--bucket", metavar="NAME", help="Read from a bucket without looking up a stack."),
]
StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="Read from the bucket of a stack.  [default: iflow-census, without a folder]",
    ),
]


OpenReports = Callable[[], Reports]
Command = Callable[Concatenate[OpenReports, ...], None]


def reads_reports(
    *, interrupt_note: str = NOTHING_CHANGED
) -> Callable[[Command], Callable[..., None]]:
    """Add the options that select where reports are read from to a command.

    Args:
        interrupt_note: what to print after Ctrl-C about the state of the work.
    """

    def decorate(command: Command) -> Callable[..., None]:
        def run(
            *,
            folder: Folder = None,
            bucket: Bucket = None,
            stack: StackName = None,
            region: Region = None,
            profile: Profile = None,
            **options: Any,
        ) -> None:
            def open_selected() -> Reports:
                account = Account(profile, region)
                return open_reports(account, folder=folder, bucket=bucket, stack=stack)

            with handle_errors(interrupt_note=interrupt_note):
                command(open_selected, **options)

        return merge_signatures(run, command)

    return decorate


@app.command("list")
@reads_reports()
def list_reports(open_selected: OpenReports, *, json_result: JsonResult = False) -> None:
    """List the reports with their months, runs, tenants and formats.

    Exit codes: 0 success, 1 failed, 2 usage error, 3 a manifest is damaged, 130 interrupted.
    """
    console = stderr_console()
    reports = open_selected()
    found, problems = [], []
    for period in reports.periods():
        try:
            report = reports.find(period)
        except DataError as error:
            problems.append(str(error))
            continue
        if report:
            found.append(report)
    print_reports(console, found, reports.source.address(""))
    print_problems(problems)
    if json_result:
        typer.echo(json.dumps([report_entry(report) for report in found]))
    if problems:
        raise typer.Exit(ExitCode.PARTIAL)


@app.command()
@reads_reports(interrupt_note="the files that were written are complete")
def get(
    open_selected: OpenReports,
    period: Period,
    *,
    formats: Annotated[list[str] | None, format_option("all of the report")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files.")] = Path(),
    json_result: JsonResult = False,
) -> None:
    """Download the files of a report and check them against its manifest."""
    console = stderr_console()
    name = _parse_period(period)
    reports = open_selected()
    report = reports.get(name)
    with _missing_format_as_usage_error():
        bodies = read_files(reports.source, report, split_formats(formats or ()) or report.files)
    target = FolderStore(out)
    for name, body in bodies.items():
        target.write(report.files[name].name, body, content_type=_ANY_TYPE)
    written = [report.files[name] for name in bodies]
    print_files(console, report, out, written)
    if json_result:
        files = [{**to_json(file), "path": str(out / file.name)} for file in written]
        typer.echo(json.dumps({**report_head(report), "files": files}))


@app.command("open")
@reads_reports()
def open_report(
    open_selected: OpenReports, period: Period, *, json_result: JsonResult = False
) -> None:
    """Download report.html to a temporary folder and open it in the browser.

    Exit codes: 0 opened, 1 failed or no browser, 2 usage error, 130 interrupted.
    """
    console = stderr_console()
    name = _parse_period(period)
    reports = open_selected()
    report = reports.get(name)
    with _missing_format_as_usage_error():
        body = read_files(reports.source, report, [HTML])[HTML]
    path = _write_private_copy(f"iflow-census-{name}.html", body)
    opened = webbrowser.open(path.as_uri())
    console.print(f"Report: {path}", soft_wrap=True)
    if json_result:
        content = {**report_head(report), "path": str(path), "opened": opened}
        typer.echo(json.dumps(content))
    if not opened:
        print_error(
            "iflow-census: no browser could be started; open the file yourself, or download it "
            f"to another folder: iflow-census report get {name} --format html --out DIR"
        )
        raise typer.Exit(ExitCode.FAILED)


@app.command()
@reads_reports()
def diff(
    open_selected: OpenReports,
    month: MonthArgument,
    other: MonthArgument,
    *,
    json_result: JsonResult = False,
) -> None:
    """Show what changed between two months, in any order."""
    console = stderr_console()
    before, after = sorted(str(_parse_month(text)) for text in (month, other))
    if before == after:
        raise InvalidUsage("both months are the same; name two different months")
    reports = open_selected()
    published = reports.get(before), reports.get(after)
    with _missing_format_as_usage_error():
        earlier = reports.read_earlier(published[0])
        later = reports.read(published[1])
    changes = compare(later.tenants, earlier, later.thresholds)
    print_changes(console, published, changes)
    if json_result:
        typer.echo(json.dumps({**report_head(published[1]), "changes": to_json(changes)}))


@app.command()
@reads_reports()
def unused(open_selected: OpenReports, period: Period, *, json_result: JsonResult = False) -> None:
    """List deployed iFlows without messages in the period, and since when they are unused."""
    console = stderr_console()
    name = _parse_period(period)
    reports = open_selected()
    published = reports.get(name)
    with _missing_format_as_usage_error():
        report, warnings = reports.read_with_history(published)
    result = report.unused()
    print_unused(console, published, result)
    print_problems(warnings)
    if json_result:
        content = {
            **report_head(published),
            "unused": to_json(result),
            "warnings": list(warnings),
        }
        typer.echo(json.dumps(content))


def _parse_month(text: str) -> Month:
    with as_usage_error():
        return Month.parse(text)


def _parse_period(text: str) -> str:
    return text if text == LAST_30_DAYS else str(_parse_month(text))


@contextmanager
def _missing_format_as_usage_error() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise InvalidUsage(str(error)) from None


def _write_private_copy(name: str, body: bytes) -> Path:
    """Write a file that other users cannot read. It is kept, because the browser needs it later."""
    folder = Path(tempfile.mkdtemp(prefix="iflow-census-"))
    FolderStore(folder).write(name, body, content_type=_ANY_TYPE)
    return folder / name
