"""Reading the last message of each iFlow: an extra, which never fails a scan."""

from collections.abc import Mapping
from concurrent.futures import Future

from iflow_census.scan.bounded_reads import CircuitBreaker
from iflow_census.scan.counting import (
    COUNTS_PER_PAGE,
    DISCARDED,
    PAGE_SIZE,
    LogSummary,
    StatusCounts,
    count_messages,
)
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.month_counts import LastMessage
from iflow_census.scan.period import Window
from iflow_census.scan.readings import Reading
from iflow_census.scan.tenant_api import LogApi, LogQuery, MessageLog

STAGE = "last messages"

FAILED = "FAILED"


class LastMessageReader:
    """Reads the last message of iFlows in a window, while nothing more important waits.

    Args:
        iflows: the minimum number of iFlows that are read one by one. If they are many, one page
            of the tenant's newest logs comes first: it has the last messages of most of them.
        errors: also read the error of the last failed message, which may contain payload.
    """

    def __init__(
        self, tenant: LogApi, executor: ScanExecutor, window: Window, iflows: int, *, errors: bool
    ) -> None:
        self._tenant = tenant
        self._executor = executor
        self._window = window
        self._errors = errors
        self._logs: dict[str, Future[Reading[MessageLog]]] = {}
        self._breaker = CircuitBreaker()
        self._newest: Future[Mapping[str, MessageLog]] | None = None
        if iflows > COUNTS_PER_PAGE:
            self._newest = executor.submit_pages(STAGE, self._read_newest)

    def add_iflow(self, iflow_id: str) -> None:
        """Start reading the last message of an iFlow that has logs.

        While the newest logs are being read, it waits for `result`: they may have its last message.
        """
        if self._newest and (not self._newest.done() or iflow_id in self._newest.result()):
            return
        query = LogQuery(self._window, iflow_id, excluded_status=DISCARDED)
        self._logs[iflow_id] = self._executor.submit_extra(STAGE, self._read_log, query)

    def _read_newest(self) -> Mapping[str, MessageLog]:
        """Read the tenant's newest logs; returns the last message of each iFlow that has one."""
        query = LogQuery(self._window, excluded_status=DISCARDED)
        summary = LogSummary()
        for log in self._tenant.newest_logs(query, PAGE_SIZE).value or ():
            summary.add(log)
        return summary.last_messages

    def result(
        self, by_iflow: Mapping[str, StatusCounts], known: Mapping[str, MessageLog]
    ) -> Mapping[str, LastMessage]:
        """Wait for the last messages.

        `known` are the last messages that were read together with all logs.
        """
        if self._newest:
            known = self._newest.result()
        used = [iflow_id for iflow_id, counts in by_iflow.items() if count_messages(counts)]
        for iflow_id in used:
            if iflow_id not in known and iflow_id not in self._logs:
                self.add_iflow(iflow_id)
        logs = {
            iflow_id: Reading(known[iflow_id])
            if iflow_id in known
            else self._logs[iflow_id].result()
            for iflow_id in used
        }
        errors = {
            iflow_id: self._executor.submit_extra(STAGE, self._read_error, iflow_id, log)
            for iflow_id, log in logs.items()
            if self._errors and by_iflow[iflow_id].get(FAILED)
        }
        return {
            iflow_id: LastMessage(log, errors[iflow_id].result() if iflow_id in errors else None)
            for iflow_id, log in logs.items()
        }

    def _read_error(self, iflow_id: str, last: Reading[MessageLog]) -> Reading[str]:
        failed = last
        if last.value is None or last.value.status != FAILED:
            failed = self._read_log(LogQuery(self._window, iflow_id, (FAILED,)))
        if failed.value is None:
            return Reading(reason=failed.reason)
        guid = failed.value.guid
        return self._breaker.read(lambda: self._tenant.message_error(guid))

    def _read_log(self, query: LogQuery) -> Reading[MessageLog]:
        newest = self._breaker.read(lambda: self._tenant.newest_logs(query, 1))
        if newest.value is None:
            return Reading(reason=newest.reason)
        if not newest.value:
            return Reading(reason="SAP counts messages, but lists none")
        return Reading(newest.value[0])
