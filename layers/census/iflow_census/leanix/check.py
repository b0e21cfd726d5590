"""Settles with a real workspace what LeanIX does not document: ten requests that change nothing.

All runs are dry runs with a few items of their own. The answers contain shapes, statuses and
LeanIX's messages, so that they can be published: what identifies the workspace is replaced.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from iflow_census.errors import AccessError, CensusError, DeadlineExceeded, one_line
from iflow_census.leanix.ldif import (
    IFLOW_ITEM,
    LX_VERSION,
    TENANT_ITEM,
    connector_for_tenant,
    iflow_external_id,
    tenant_external_id,
)
from iflow_census.leanix.responses import (
    RunState,
    parse_created_run_id,
    parse_end,
    parse_object,
    summarize_stats,
)
from iflow_census.leanix.run import wait_for_run
from iflow_census.leanix.settings import LeanixSettings, Mode
from iflow_census.leanix.workspace import Connector, Workspace

_PROBE = "iflow-census-check"


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, and what the workspace answered; `failed`: it did not answer it."""

    question: str
    answer: str
    failed: bool = False


def check_workspace(
    workspace: Workspace, tenant: str, settings: LeanixSettings
) -> Iterator[Finding]:
    """Ask the questions, one after the other."""
    yield from _Check(workspace, tenant, connector_for_tenant(tenant, settings), settings).run()


@dataclass(frozen=True, slots=True)
class _Check:
    workspace: Workspace
    tenant: str
    connector: Connector
    settings: LeanixSettings

    def run(self) -> Iterator[Finding]:
        runs = self._find("May this user list runs?", self._list_runs)
        yield runs
        if runs.failed:
            return
        configuration = self._find("Which shape has a configuration?", self._configuration)
        yield configuration
        yield self._find("What about an LDIF without a configuration?", self._unmatched)
        if configuration.failed:
            return
        if self.settings.mode is Mode.FULL:
            # Should a dry run not be one, full mode would archive fact sheets.
            yield Finding(
                "What does a dry run report?", "not asked in full mode; see `leanix inbound --test`"
            )
            return
        yield self._find("What about the ID of another workspace?", self._other_workspace)
        yield from self._dry_run()

    def _find(self, question: str, request: Callable[[], str]) -> Finding:
        try:
            return Finding(question, self._publishable(request()))
        except CensusError as error:
            # A rejection is an answer; no response is none.
            failed = isinstance(error, AccessError | DeadlineExceeded)
            return Finding(question, self._publishable(str(error)), failed)

    def _publishable(self, text: str) -> str:
        return one_line(
            text.replace(self.workspace.id, "<workspace>").replace(self.tenant, "<tenant>")
        )

    def _list_runs(self) -> str:
        return f"yes; {_shape(self.workspace.read_raw('/synchronizationRuns'))}"

    def _configuration(self) -> str:
        body = self.workspace.read_raw("/configurations", self.connector.fields())
        if self.workspace.configuration(self.connector) is None:
            raise AccessError(f"there is none; run `iflow-census leanix setup {self.tenant}` first")
        return _shape(body)

    def _unmatched(self) -> str:
        unknown = Connector(self.connector.type, f"{_PROBE}-{uuid4()}", self.connector.version)
        state = self._wait(self._create(self._ldif(unknown)))
        return f"the run is created and ends as {state.status}"

    def _other_workspace(self) -> str:
        state = self._wait(self._create(self._ldif(self.connector) | {"lxWorkspace": str(uuid4())}))
        return f"the run is created and ends as {state.status}"

    def _dry_run(self) -> Iterator[Finding]:
        created: list[bytes] = []

        def create() -> str:
            created.append(self._create(self._ldif(self.connector)))
            return _shape(created[0])

        yield self._find("Which shape has the response to a creation?", create)
        if not created:
            return
        run_id = parse_created_run_id(created[0]) or ""
        yield self._find("How does the dry run end?", lambda: self._wait(created[0]).status)
        for question, request in (
            ("What do the statistics contain?", self._describe_stats),
            ("What do the warnings say?", self._describe_warnings),
            ("Has an inbound run results?", self._describe_results),
            ("Has it a link to them?", self._describe_link),
        ):
            yield self._find(question, partial(request, run_id))

    def _describe_stats(self, run_id: str) -> str:
        stats = self.workspace.stats(run_id)
        summary = summarize_stats(stats)
        counts = sorted(summary.fact_sheet_counts) or ["none"]
        rows = stats.get("processorStatistics")
        keys = sorted(rows[0]) if isinstance(rows, list) and rows else []
        end = "with" if parse_end(stats) else "without"
        return (
            f"counts of fact sheets: {', '.join(counts)}; {end} the time of the end; of each "
            f"processor: {', '.join(keys)}"
        )

    def _describe_warnings(self, run_id: str) -> str:
        texts = [
            f"{warning.get('status')}: {warning.get('message')}"
            for warning in self.workspace.warnings(run_id)
        ]
        return "; ".join(texts) or "nothing: names may differ in case only"

    def _describe_results(self, run_id: str) -> str:
        body = self.workspace.read_raw(f"/synchronizationRuns/{run_id}/results")
        return _shape(body) if body else "no, the body is empty"

    def _describe_link(self, run_id: str) -> str:
        body = self.workspace.read_raw(f"/synchronizationRuns/{run_id}/resultsUrl")
        try:
            link = parse_object(body)
        except ValueError:
            return _shape(body)
        return f"keys {', '.join(sorted(link))}; the URL is {'set' if link.get('url') else 'null'}"

    def _create(self, ldif: Mapping[str, Any]) -> bytes:
        return self.workspace.create_raw(io.BytesIO(json.dumps(ldif).encode()), test=True)

    def _wait(self, created: bytes) -> RunState:
        run_id = parse_created_run_id(created)
        if run_id is None:
            return RunState("", "a response without an id")
        return wait_for_run(self.workspace, RunState(run_id, "CREATED"), lambda _: None)

    def _ldif(self, connector: Connector) -> dict[str, Any]:
        """Two iFlows whose names differ in case only."""
        items: Sequence[tuple[str, str, str]] = (
            (tenant_external_id(self.tenant), TENANT_ITEM, f"SAP Cloud Integration {self.tenant}"),
            (iflow_external_id(self.tenant, f"{_PROBE}-1"), IFLOW_ITEM, _PROBE),
            (iflow_external_id(self.tenant, f"{_PROBE}-2"), IFLOW_ITEM, _PROBE.upper()),
        )
        return {
            **connector.fields(),
            "lxVersion": LX_VERSION,
            "lxWorkspace": self.workspace.id,
            "description": f"Dry run by iflow-census leanix check [{uuid4()}]",
            "customFields": {"tenantExternalId": tenant_external_id(self.tenant)},
            "content": [
                {
                    "id": external_id,
                    "type": kind,
                    "data": {
                        "name": name,
                        "alternativeNames": [],
                        "description": name,
                        "formerStatusTags": ["Unused"],
                    },
                }
                for external_id, kind, name in items
            ],
        }


def _shape(body: bytes) -> str:
    """Describe JSON by its keys, without values."""
    try:
        content = json.loads(body)
    except ValueError:
        return f"{len(body)} bytes that are not JSON"
    match content:
        case dict():
            return f"an object with {', '.join(sorted(content)) or 'no keys'}"
        case [dict() as first, *_]:
            return f"a list of objects with {', '.join(sorted(first)) or 'no keys'}"
        case list():
            return "an empty list" if not content else "a list"
        case _:
            return type(content).__name__
