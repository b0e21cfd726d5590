"""What the report commands have in common: where reports are read from, and which one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Concatenate

import typer

from iflow_census.cli.aws import Account, Profile, Region
from iflow_census.cli.report_source import Reports, open_reports
from iflow_census.cli.signature import merge_signatures
from iflow_census.cli.terminal import (
    NOTHING_CHANGED,
    InvalidUsage,
    as_usage_error,
    handle_errors,
)
from iflow_census.errors import NotFound
from iflow_census.scan.period import LAST_30_DAYS, Month

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
    """Add the options that select where reports are read from to a command."""

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


def parse_month(text: str) -> Month:
    """Parse an argument. Raises `InvalidUsage`."""
    with as_usage_error():
        return Month.parse(text)


def parse_period(text: str) -> str:
    """Return the name of a period. Raises `InvalidUsage`."""
    return text if text == LAST_30_DAYS else str(parse_month(text))


@contextmanager
def missing_format_as_usage_error() -> Iterator[None]:
    """Turn `NotFound` in the block into `InvalidUsage`: the report lacks report.json."""
    try:
        yield
    except NotFound as error:
        raise InvalidUsage(str(error)) from None
