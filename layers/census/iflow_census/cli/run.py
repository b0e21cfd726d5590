"""`iflow-census run`: the whole job without AWS."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from iflow_census.census.plan import CensusPlan
from iflow_census.census.request import parse_event
from iflow_census.census.result import CensusResult
from iflow_census.census.run import run_census
from iflow_census.census.run_context import RunContext, Services
from iflow_census.cli.progress import census_progress
from iflow_census.cli.summary import print_summary
from iflow_census.cli.terminal import ExitCode, as_usage_error, handle_errors, stderr_console
from iflow_census.clock import Clock, Deadline
from iflow_census.cloud_integration.families import RateLimits
from iflow_census.cloud_integration.mutual_tls import validate_service_key
from iflow_census.cloud_integration.tenant import tenant_opener
from iflow_census.errors import ConfigurationError
from iflow_census.http.retry_policy import RetryPolicy
from iflow_census.report.formats import check_formats
from iflow_census.scan.edit_status import DEFAULT_TOLERANCE
from iflow_census.scan.results import TenantStatus
from iflow_census.scan.tenant_api import TENANT_NAME
from iflow_census.store.folder import FolderStore
from iflow_census.store.memory import MemoryStore

SECONDS = 6 * 60 * 60
"""A person who waits longer has forgotten the command."""


def run(
    keys: Sequence[str],
    *,
    period: str | None,
    out: Path,
    formats: Sequence[str],
    json_result: bool,
) -> ExitCode:
    """Run the census on tenants whose service keys are in files.

    Args:
        keys: files, or name=file; a file's own name without its ending names its tenant.
        period: "YYYY-MM"; None: last month.
        out: the folder for the report.
        formats: names of formats.
        json_result: print the result as JSON on standard output.

    Raises:
        typer.Exit: the call was wrong, or nothing came of it; the person was told.
    """
    console = stderr_console()
    clock = Clock()
    with handle_errors(console, interrupt_note="nothing was written"):
        with as_usage_error():
            request = parse_event({"period": period} if period else {}, clock.now())
            key_texts = read_keys(keys)
            plan = CensusPlan(
                month=request.month,
                run_id=request.run_id,
                tenants={
                    name: tenant_opener(
                        text,
                        f"service key of {name!r}",
                        limits=RateLimits(),
                        retry_policy=RetryPolicy(),
                    )
                    for name, text in key_texts.items()
                },
                other_tenants=[],
                formats=check_formats(formats),
                folder="",
                pointer=False,
                edit_tolerance=DEFAULT_TOLERANCE,
                tenants_at_once=len(key_texts),
                health=True,
            )
            services = Services(FolderStore(out), MemoryStore(), clock)
        with census_progress(console) as progress:
            result = run_census(RunContext(plan, services, progress, Deadline(clock, SECONDS)))
    print_summary(console, result)
    if json_result:
        print(json.dumps(result.summary(), ensure_ascii=False))  # noqa: T201 - for machines
    return _exit_code(result)


def read_keys(arguments: Sequence[str]) -> Mapping[str, str]:
    """The texts of service key files, by tenant name; each one is a service key.

    Raises:
        ConfigurationError: a file that is missing, no file or no service key, a name that is none,
            or one name twice.
    """
    texts: dict[str, str] = {}
    for argument in arguments:
        name, separator, file = argument.partition("=")
        path = Path(file if separator else argument)
        name = name if separator else path.stem
        if not TENANT_NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} names no tenant: use letters, digits, '_', '.', '-', as in prod={path}"
            )
        if name in texts:
            raise ConfigurationError(
                f"tenant {name!r} is given twice: name them, as in other={path}"
            )
        try:
            texts[name] = path.read_text(encoding="utf-8-sig")
        except IsADirectoryError:
            raise ConfigurationError(f"{path} is a folder, not a service key file") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{path} is no text file") from None
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
        validate_service_key(texts[name], str(path))
    return texts


def _exit_code(result: CensusResult) -> ExitCode:
    if result.complete:
        return ExitCode.COMPLETE
    if all(tenant["status"] == TenantStatus.FAILED for tenant in result.tenants):
        return ExitCode.FAILED
    return ExitCode.PARTIAL
