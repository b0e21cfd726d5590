"""Wait for a run in AWS: read its manifest, its log and its work state until it has ended."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iflow_census.clock import Clock
from iflow_census.errors import TransientError
from iflow_census.store.report_writer import COMPLETE, MANIFEST, PARTIAL, report_folder
from iflow_census.store.work_state import FINISHED_FOLDER, run_folder

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

POLL_SECONDS = 3.0

FAILED = "failed"
RUN_FAILED = "run failed"
"""The message of the log entry that the function writes when a run fails."""

RUN_FINISHED = "run finished"
"""The message of the one that it writes when a run ends."""


@dataclass(frozen=True, slots=True)
class InvokedRun:
    """A run that was started in AWS.

    Attributes:
        expects_leanix: the run has ended only when the manifest has the outcome in LeanIX.
        writes_report: it ends with a manifest; a checkpoint ends with a log entry.
    """

    id: str
    period: str
    expects_leanix: bool
    writes_report: bool = True

    def manifest(self, status: str = COMPLETE) -> str:
        """The key of the manifest that the run writes if it ends with a status."""
        return report_folder(self.period, status) + MANIFEST

    @property
    def work_folder(self) -> str:
        """The folder of the run's work state."""
        return run_folder(self.period, self.id)


@dataclass(frozen=True, slots=True)
class InvokeResult:
    """How a run ended.

    Attributes:
        status: complete, partial or failed.
        error: why the run failed without a report.
    """

    run: InvokedRun
    status: str
    tenants: Sequence[Mapping[str, Any]] = ()
    leanix: Sequence[Mapping[str, Any]] = ()
    error: str | None = None

    def to_dict(self, bucket: str) -> dict[str, Any]:
        """Return the result as the function returns it, with the error."""
        return {
            "status": self.status,
            "run_id": self.run.id,
            "period": self.run.period,
            "manifest": None
            if self.error or not self.run.writes_report
            else f"s3://{bucket}/{self.run.manifest(self.status)}",
            "tenants": list(self.tenants),
            "leanix": list(self.leanix),
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class LogGroup:
    """The CloudWatch log group of the function."""

    client: "CloudWatchLogsClient"
    name: str


def wait_for_result(
    run: InvokedRun,
    s3: "S3Client",
    bucket: str,
    log_group: LogGroup | None,
    *,
    clock: Clock,
    max_seconds: float,
    on_status: Callable[[str], None],
) -> InvokeResult:
    """Wait until the run's manifest is in the bucket or its log reports a failure.

    Without a log group, failures are not noticed. `on_status` is called with the status of the run
    before each pause.

    Raises:
        TransientError: the run has not ended in this time.
    """
    end = clock.monotonic() + max_seconds
    started_ms = int(clock.now().timestamp() * 1000)
    while True:
        if run.writes_report:
            result = _read_result(run, s3, bucket)
            if result is not None:
                return result
        elif entry := _read_log(run, log_group, started_ms, RUN_FINISHED):
            return InvokeResult(run, str(entry.get("status")))
        if entry := _read_log(run, log_group, started_ms, RUN_FAILED):
            return InvokeResult(run, FAILED, error=str(entry.get("error")))
        on_status(_read_status(run, s3, bucket))
        if clock.monotonic() + POLL_SECONDS > end:
            raise TransientError(
                f"run {run.id}: not finished after {max_seconds / 60:.0f} min; it continues in "
                "AWS" + (f" and writes s3://{bucket}/{run.manifest()}" if run.writes_report else "")
            )
        clock.sleep(POLL_SECONDS)


def _read_result(run: InvokedRun, s3: "S3Client", bucket: str) -> InvokeResult | None:
    for key in dict.fromkeys(run.manifest(status) for status in (COMPLETE, PARTIAL)):
        try:
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            continue
        result = _parse_manifest(run, body)
        if result is not None:
            return result
    return None


def _parse_manifest(run: InvokedRun, body: bytes) -> InvokeResult | None:
    """Return the result of the run; None if it has not ended, or the manifest is of another one."""
    try:
        manifest = json.loads(body)
        is_of_run = manifest["run_id"] == run.id
    except (ValueError, KeyError, TypeError, RecursionError):
        return None  # damaged; the run replaces it
    if not is_of_run:
        return None
    leanix = manifest.get("leanix", [])
    # Only completely scanned tenants are sent to LeanIX.
    is_sent = any(tenant["status"] == "complete" for tenant in manifest["tenants"])
    if run.expects_leanix and is_sent and not leanix:
        return None
    return InvokeResult(run, manifest["status"], manifest["tenants"], leanix)


def _read_log(
    run: InvokedRun, log_group: LogGroup | None, started_ms: int, message: str
) -> Mapping[str, Any] | None:
    """Return the entry of the run with a message from the function's log, or None."""
    if log_group is None:
        return None
    try:
        events = log_group.client.filter_log_events(
            logGroupName=log_group.name,
            startTime=started_ms,
            filterPattern=f'{{ $.run_id = "{run.id}" && $.message = "{message}" }}',
        ).get("events", [])
    except log_group.client.exceptions.ClientError:
        # Without access to the log, the manifest still shows the end of a census.
        return None
    for event in events:
        try:
            entry = json.loads(event["message"])
        except ValueError:
            continue
        if entry.get("run_id") == run.id and entry.get("message") == message:
            return {**entry}
    return None


def _read_status(run: InvokedRun, s3: "S3Client", bucket: str) -> str:
    objects = s3.list_objects_v2(Bucket=bucket, Prefix=run.work_folder).get("Contents", [])
    if not objects:
        return "waiting for the function to start"
    prefix = run.work_folder + FINISHED_FOLDER
    tenants = sorted(
        item["Key"].removeprefix(prefix).removesuffix(".json")
        for item in objects
        if item["Key"].startswith(prefix) and item["Key"].endswith(".json")
    )
    return f"scanning; finished: {', '.join(tenants) or 'none yet'}"
