"""`iflow-census report`: list, download, open and compare published reports."""

import json
import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from iflow_census.cli.command import command_group
from iflow_census.cli.format_option import format_option, split_formats
from iflow_census.cli.report_findings import diff, todo, unused
from iflow_census.cli.report_options import (
    OpenReports,
    Period,
    missing_format_as_usage_error,
    parse_period,
    reads_reports,
)
from iflow_census.cli.report_output import (
    print_files,
    print_problems,
    print_reports,
    report_entry,
    report_head,
)
from iflow_census.cli.terminal import (
    ExitCode,
    JsonResult,
    print_error,
    stderr_console,
)
from iflow_census.errors import DataError
from iflow_census.report.census_report import to_json
from iflow_census.store.folder import FolderStore
from iflow_census.store.report_reader import read_file, read_files

HTML = "html"
_ANY_TYPE = "application/octet-stream"

app = command_group("report", "List, download, open and compare published reports.")
for findings in (todo, diff, unused):
    app.command()(findings)


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
    name = parse_period(period)
    reports = open_selected()
    report = reports.get(name)
    with missing_format_as_usage_error():
        files = read_files(reports.source, report, split_formats(formats or ()) or report.files)
    target = FolderStore(out)
    for file, body in files:
        target.write(file.name, body, content_type=_ANY_TYPE)
    written = [file for file, _ in files]
    print_files(console, report, out, written)
    if json_result:
        entries = [{**to_json(file), "path": str(out / file.name)} for file in written]
        typer.echo(json.dumps({**report_head(report), "files": entries}))


@app.command("open")
@reads_reports()
def open_report(
    open_selected: OpenReports, period: Period, *, json_result: JsonResult = False
) -> None:
    """Download report.html to a temporary folder and open it in the browser.

    Exit codes: 0 opened, 1 failed or no browser, 2 usage error, 130 interrupted.
    """
    console = stderr_console()
    name = parse_period(period)
    reports = open_selected()
    report = reports.get(name)
    with missing_format_as_usage_error():
        body = read_file(reports.source, report, HTML)
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


def _write_private_copy(name: str, body: bytes) -> Path:
    """Write a file that other users cannot read. It is kept, because the browser needs it later."""
    folder = Path(tempfile.mkdtemp(prefix="iflow-census-"))
    FolderStore(folder).write(name, body, content_type=_ANY_TYPE)
    return folder / name
