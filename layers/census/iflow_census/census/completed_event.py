"""The event `Census Completed`, which lets programs react to a published report."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from iflow_census.census.notify import send_once
from iflow_census.census.result import CensusResult
from iflow_census.census.run_context import RunContext
from iflow_census.errors import CensusError
from iflow_census.scan.results import TenantStatus
from iflow_census.store.notice_state import NoticeState

DETAIL_TYPE = "Census Completed"

MAX_TENANT_BYTES = 200_000
"""EventBridge accepts 256 KB, and its targets add an envelope."""


def send_completed_event(run: RunContext, result: CensusResult) -> CensusResult:
    """Send the event of a published report, unless one with the same content was sent already.

    If it cannot be sent, the result says why, and the report is not affected.
    """
    publisher = run.events
    if publisher is None:
        return result
    detail = build_detail(result)
    state = NoticeState(
        run.services.state, run.plan.period, run.plan.run_id, detail, folder="events"
    )
    try:
        send_once(run, state, lambda: publisher.send(DETAIL_TYPE, detail))
    except CensusError as error:
        return replace(result, event_problem=str(error))
    return result


def build_detail(result: CensusResult) -> Mapping[str, Any]:
    """The content of the event: JSON types, `docs/consumers.md` describes them.

    Tenants that are not complete come first, so that they are named even if not all fit.
    """
    tenants = [{"name": tenant["name"], "status": tenant["status"]} for tenant in result.tenants]
    tenants.sort(key=lambda tenant: (tenant["status"] == TenantStatus.COMPLETE, tenant["name"]))
    named, size = [], 0
    for tenant in tenants:
        size += len(json.dumps(tenant)) + len(", ")
        if size > MAX_TENANT_BYTES:
            break
        named.append(tenant)
    return {
        "status": result.status,
        "run_id": result.run_id,
        "period": result.period,
        "manifest": result.manifest,
        "coverage_complete": result.coverage_complete,
        "tenants": named,
        "tenants_omitted": len(tenants) - len(named),
    }
