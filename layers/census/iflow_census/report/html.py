"""report.html: one file that loads nothing from elsewhere."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from iflow_census.report.call_chains import Call, find_call_chains
from iflow_census.report.census_report import CensusReport
from iflow_census.report.changes import Change
from iflow_census.report.chart_data import TOP, busiest_iflows, packages_by_unused
from iflow_census.report.html_data import table_data
from iflow_census.report.html_figures import (
    day_charts,
    filter_link,
    month_charts,
    sum_figures,
    tenant_figures,
)
from iflow_census.report.labels import (
    CHANGE_LABELS,
    HEALTH_COUNTS,
    HEALTH_LABELS,
    HOW_COUNTED,
    OTHER_ARTIFACTS,
    UNMENTIONED_CREDENTIALS,
    describe_values,
    format_count,
    format_megabytes,
    format_minute,
    list_warnings,
)
from iflow_census.report.relevance import (
    MAX_COMPARED,
    busiest_tenants,
    describe_omitted,
    relevant_rows,
)
from iflow_census.report.system_map import draw_system_map
from iflow_census.report.work_evidence import FAILING_PERCENT, MIN_MESSAGES
from iflow_census.scan.decisions import describe_decision
from iflow_census.scan.period import Month, Period
from iflow_census.scan.usage import Usage

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"

LIST_LIMIT = 250
"""Rows of the lists above the table; report.xlsx and report.json have all of them."""

CELL_LENGTH = 160
"""Characters of a text in a list; a longer one opens."""

STYLES = ("report.css", "phone.css", "print.css")
SCRIPTS = ("data.js", "details.js", "table.js", "filters.js")
"""Parts of one script; each uses what those before it declare."""

USAGES = (
    (Usage.USED, "used", "used"),
    (Usage.UNUSED, "deployed but unused", "unused"),
    (Usage.NOT_DEPLOYED, "not deployed", "idle"),
    (Usage.UNKNOWN, "unknown", "unknown"),
)
"""Each usage, its words in the verdict, and its CSS class."""


_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?: \d\d:\d\d)?")

DATA = "<!-- the rows -->"
"""Where the rows are put; no text of a report can have this, because all of them are escaped."""


def render_html(report: CensusReport) -> bytes:
    """Render report.html; see `stream_html`."""
    return b"".join(stream_html(report))


def stream_html(report: CensusReport) -> Iterator[bytes]:
    """Render report.html, with a content security policy that forbids all requests."""
    from markupsafe import Markup  # noqa: PLC0415 - not needed when the Lambda starts

    style = "".join(map(_read_template, STYLES))
    script = '"use strict";\n{\n' + "".join(map(_read_template, SCRIPTS)) + "}\n"
    tenants = report.production_first
    changes, unused, verdict = report.changes(), report.unused(), report.verdict()
    selected, busiest = relevant_rows(report), busiest_tenants(report)
    charted = [tenant for tenant in tenants if tenant.name in busiest]
    text = _template().render(
        report=report,
        style=Markup(style),  # noqa: S704 - files of this package
        script=Markup(script),  # noqa: S704
        policy=_content_security_policy(style, script),
        data=Markup(DATA),  # noqa: S704
        omitted=describe_omitted(report, selected),
        max_compared=MAX_COMPARED,
        verdict=verdict,
        usages=USAGES,
        verdict_parts=[(verdict.usage[usage], kind) for usage, _, kind in USAGES],
        worklist=report.worklist(),
        warnings=list_warnings(report),
        tenants=tenants,
        tenant_figures={tenant.name: tenant_figures(tenant, changes) for tenant in tenants},
        all_tenants=sum_figures(report.tenants),
        changes=changes,
        changed_iflows=_group_by_iflow(changes.iflows),
        change_labels=CHANGE_LABELS,
        unused=unused,
        cross_tenant=report.cross_tenant(),
        sap=report.edited_sap_content(),
        blocked=report.blocked_updates(),
        busiest=busiest_iflows(report),
        packages=packages_by_unused(report),
        systems=draw_system_map(report.flows),
        unmatched=[(part, name, iflows) for (part, name), iflows in report.unmatched.items()],
        chains=_call_chains(report),
        days=day_charts(report.period, charted),
        months=month_charts(report, charted),
        title=_title(report.period),
        is_month=isinstance(report.period, Month),
        health_labels=HEALTH_LABELS,
        health_counts=HEALTH_COUNTS,
        unmentioned_label=UNMENTIONED_CREDENTIALS,
        other_artifacts=OTHER_ARTIFACTS,
        how_counted=HOW_COUNTED,
        limit=LIST_LIMIT,
        top=TOP,
        count=format_count,
        minute=format_minute,
        megabytes=format_megabytes,
        describe_values=describe_values,
        describe_decision=describe_decision,
        filter_link=filter_link,
        keep_dates=_keep_dates,
        max_cell=CELL_LENGTH,
        failing_percent=FAILING_PERCENT,
        min_messages=MIN_MESSAGES,
    )
    before, _, after = text.partition(DATA)
    # SAP should not send lone surrogates, and a file in UTF-8 cannot contain them.
    yield before.encode(errors="replace")
    for part in table_data(report, changes, unused, selected):
        yield part.encode()
    yield after.encode(errors="replace")


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")


@cache
def _read_template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _content_security_policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _group_by_iflow(changes: Sequence[Change]) -> Sequence[Sequence[Change]]:
    """Group the changes by iFlow, in the order of the first change of each."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.tenant, change.iflow_id), []).append(change)
    return list(groups.values())


def _call_chains(report: CensusReport) -> Sequence[Call]:
    """Find the calls between iFlows, production first; of a tenant, one more than are shown."""
    priorities = report.priorities
    chains = [
        chain
        for tenant in report.tenants_with_rows()
        for chain in islice(find_call_chains(tenant), LIST_LIMIT + 1)
    ]
    return sorted(chains, key=lambda chain: priorities[chain.tenant])


def _keep_dates(text: str) -> "Markup":
    """Escape a text, and keep browsers from breaking the lines of its dates at their hyphens."""
    from markupsafe import Markup, escape  # noqa: PLC0415

    marked = _DATE.sub(r'<span class="date">\g<0></span>', str(escape(text)))
    return Markup(marked)  # noqa: S704 - escaped


def _title(period: Period) -> str:
    if isinstance(period, Month):
        return f"{period.start:%B %Y}"
    return f"Last 30 days: {period.start:%Y-%m-%d} to {period.end:%Y-%m-%d}"
