"""Following a run in AWS by what it leaves behind: its work state, its manifest, its log."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iflow_census.clock import Clock
from iflow_census.errors import TransientError
from iflow_census.store.report_writer import MANIFEST, report_folder
from iflow_census.store.work_state import FINISHED_FOLDER, run_folder

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

PAUSE = 3.0
"""Seconds between two looks."""

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """What is followed; `wants_leanix`: its report is not the end, what LeanIX said is."""

    id: str
    period: str
    wants_leanix: bool

    @property
    def manifest(self) -> str:
        """The key of the manifest that the run writes."""
        return report_folder(self.period) + MANIFEST

    @property
    def work(self) -> str:
        """The folder of its work state."""
        return run_folder(self.period, self.id)


@dataclass(frozen=True, slots=True)
class Followed:
    """How a run ended: as its manifest says, or failed with an error and no report.

    Attributes:
        run: the run.
        status: complete, partial or failed.
        tenants: as in the manifest.
        leanix: the same.
        error: why there is no report.
    """

    run: Run
    status: str
    tenants: Sequence[Mapping[str, Any]] = ()
    leanix: Sequence[Mapping[str, Any]] = ()
    error: str | None = None

    def summary(self, bucket: str) -> dict[str, Any]:
        """The result for machines, as the function answers it."""
        return {
            "status": self.status,
            "run_id": self.run.id,
            "period": self.run.period,
            "manifest": None if self.error else f"s3://{bucket}/{self.run.manifest}",
            "tenants": list(self.tenants),
            "leanix": list(self.leanix),
            "error": self.error,
        }


def follow(
    run: Run,
    s3: "S3Client",
    bucket: str,
    log: "tuple[CloudWatchLogsClient, str] | None",
    *,
    clock: Clock,
    seconds: float,
    on_step: Callable[[str], None],
) -> Followed:
    """Look again and again until the run's manifest is there, or its log says that it failed.

    Args:
        run: what to follow.
        s3: reads the bucket.
        bucket: of the reports.
        log: reads the log group of that name; None: it is not looked at.
        clock: waits between two looks.
        seconds: how long to go on.
        on_step: told how far the run is.

    Raises:
        TransientError: the time is used up; the run may still go on.
    """
    end = clock.monotonic() + seconds
    began_ms = int(clock.now().timestamp() * 1000)
    while True:
        manifest = _manifest(run, s3, bucket)
        if manifest is not None:
            return manifest
        error = _error(run, log, began_ms)
        if error:
            return Followed(run, FAILED, error=error)
        on_step(_step(run, s3, bucket))
        if clock.monotonic() + PAUSE > end:
            raise TransientError(
                f"run {run.id} has not ended yet and goes on in AWS: its report will be "
                f"s3://{bucket}/{run.manifest}"
            )
        clock.sleep(PAUSE)


def _manifest(run: Run, s3: "S3Client", bucket: str) -> Followed | None:
    try:
        body = s3.get_object(Bucket=bucket, Key=run.manifest)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    content = json.loads(body)
    if content["run_id"] != run.id:
        return None
    leanix = content.get("leanix", [])
    if run.wants_leanix and not leanix and _was_scanned(content["tenants"]):
        return None
    return Followed(run, content["status"], content["tenants"], leanix)


def _was_scanned(tenants: Sequence[Mapping[str, Any]]) -> bool:
    """Only tenants that were scanned completely are told to LeanIX."""
    return any(one["status"] == "complete" for one in tenants)


def _error(run: Run, log: "tuple[CloudWatchLogsClient, str] | None", since: int) -> str | None:
    """What the function's log says of a run that did nothing; None where it says nothing."""
    if log is None:
        return None
    client, group = log
    try:
        found = client.filter_log_events(
            logGroupName=group,
            startTime=since,
            filterPattern=f'{{ $.run_id = "{run.id}" && $.message = "run failed" }}',
        )
    except client.exceptions.ClientError:
        # Who may not read the log still sees the report.
        return None
    for event in found.get("events", []):
        try:
            line = json.loads(event["message"])
        except ValueError:
            continue
        if line.get("run_id") == run.id and line.get("message") == "run failed":
            return str(line.get("error"))
    return None


def _step(run: Run, s3: "S3Client", bucket: str) -> str:
    found = s3.list_objects_v2(Bucket=bucket, Prefix=run.work).get("Contents", [])
    files = {one["Key"].removeprefix(run.work) for one in found}
    if not files:
        return "waiting for the function to start"
    tenants = sorted(
        file.removeprefix(FINISHED_FOLDER).removesuffix(".json")
        for file in files
        if file.startswith(FINISHED_FOLDER)
    )
    return f"scanning; finished: {', '.join(tenants) or 'none yet'}"
