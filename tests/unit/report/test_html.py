"""report.html as text; tests/browser opens it in a browser."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.census_report import CensusReport
from iflow_census.report.html import TEMPLATES, escape_json, filter_link, render_html
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsQueue,
    QueueState,
    Reading,
)
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    ORPHAN,
    SCANNED,
    UNHEALTHY,
    report,
    report_of,
    tenant,
)


def text(*rows: object, **changes: object) -> str:
    return render_html(replace(report_of(*rows), **changes)).decode()  # type: ignore[arg-type]


def test_same_report_gives_the_same_bytes() -> None:
    assert render_html(sample_report()) == render_html(sample_report())


def test_policy_allows_only_its_own_script_and_style() -> None:
    page = text(DESIGNED)

    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for part, kind in ((style, "style"), (script, "script")):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{kind}-src &#39;sha256-{digest}&#39;" in page


def test_page_has_no_external_links() -> None:
    page = text(replace(DESIGNED, endpoints=()), BARE, ORPHAN)

    assert re.findall(r"""(?:src|href|action)=["'](?!#|data:,)""", page) == []
    assert re.findall(r"\bon\w+=|\bstyle=", page) == []
    assert re.findall(r"https?://|url\(|@import", page) == []


@pytest.mark.parametrize("name", ["report.css", "report.js"])
def test_inlined_files_do_not_end_their_own_element(name: str) -> None:
    part = (TEMPLATES / name).read_text(encoding="utf-8")

    assert "</" not in part
    assert "<!--" not in part


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_embedded_json_is_unchanged_and_has_no_markup(content: object) -> None:
    text = escape_json(content)

    assert json.loads(text) == content
    assert text.isascii()
    assert not set("<>&") & set(text)


@given(st.text())
def test_any_name_gives_a_valid_page(name: str) -> None:
    row = replace(DESIGNED, iflow_id=name, iflow_name=name, package_name=name, endpoints=(name,))

    page = text(row)

    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_filter_link_is_a_fragment_with_quoted_filters() -> None:
    assert filter_link(tenant="a&b", usage="UNUSED") == "#tenant=a%26b&usage=UNUSED"


def test_first_report_says_what_is_missing() -> None:
    page = text(DESIGNED)

    assert "There is no complete report of an earlier month to compare with." in page
    assert "There are no reports of other months yet" in page
    assert "Messages per day were not counted this month." in page


@pytest.mark.parametrize("census", [report(), report(FAILED), report(tenant("prod", []))])
def test_empty_report_is_a_valid_page(census: CensusReport) -> None:
    assert "No messages were counted." in render_html(census).decode()


def test_partly_covered_month_shows_no_difference() -> None:
    page = render_html(sample_report()).decode()
    dev = page[page.index('<bdi class="text">dev</bdi>') :].partition("</tr>")[0]

    assert "not determined" in dev
    assert '<td class="count" data-label="Messages">' in dev
    assert "delta" not in dev.partition('data-label="Messages">')[2].partition("</td>")[0]


def section(page: str, name: str) -> str:
    start = page.index(f'<section id="{name}"')
    return page[start : page.index("</section>", start)]


def test_health_shows_values_and_reasons() -> None:
    census = report(replace(tenant("prod", []), health=HEALTH), FAILED)

    health = re.sub(r"<[^>]+>|\s+", " ", section(render_html(census).decode(), "health"))
    health = " ".join(health.split())

    assert "gone Certificate Tenant Administrator 2018-03-15 12:16 expired -3,152" in health
    assert "soon Key Pair Tenant Administrator 2026-11-11 00:31 10" in health
    assert "5 of 9,300 MB and 3 of 30 queues are used. exhausted consumers" in health
    assert "Slow warning Stuck critical 1 of 3 queues are OK." in health
    assert "Incomplete: 1 of the error texts could not be read: HTTP 503" in health
    assert "Country codes Codes VALUE_MAPPING the mapping is empty" in health
    assert "Script collections (deployed) 0" in health
    assert "GET DataStores: HTTP 403: lacks the role" in health
    assert health.endswith("test Not scanned.")


def test_refused_health_differs_from_health_that_was_not_read() -> None:
    refused = report(replace(tenant("prod", []), health=UNHEALTHY))

    health = section(render_html(refused).decode(), "health")

    assert health.count("HTTP 403") == 9
    assert "None." not in health
    assert "Not read." in section(text(DESIGNED), "health")


@given(st.text(min_size=1))
def test_any_alias_queue_and_error_gives_a_valid_page(name: str) -> None:
    broker = HEALTH.jms.value
    assert broker is not None
    hostile = replace(
        HEALTH,
        certificates=Reading([ExpiringCertificate(name, name, name, SCANNED, 0)]),
        jms=Reading(replace(broker, queues=[JmsQueue(name, QueueState.UNKNOWN)])),
        artifacts_in_error=Reading([ArtifactInError(name, name, name, name)], name),
        data_stores=Reading(reason=name),
    )

    page = render_html(report(replace(tenant("prod", []), health=hostile))).decode()

    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_importing_formats_loads_no_template_engine() -> None:
    program = (
        "import sys, iflow_census.report.formats;"
        "print(*sorted({'jinja2', 'markupsafe', 'xlsxwriter'} & set(sys.modules)))"
    )

    loaded = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == ""


def test_removed_iflow_is_among_the_changes() -> None:
    page = render_html(october([], earlier(DESIGNED))).decode()

    assert '<span class="kind removed">Removed</span>' in page


def test_unknown_failed_share_has_no_difference() -> None:
    uncounted = tenant("prod", [])
    uncounted = replace(uncounted, totals=replace(uncounted.totals, messages=None))
    census = replace(report(tenant("prod", [])), earlier=[of_tenants(uncounted)])

    page = render_html(census).decode()

    assert " points<" not in page
