"""report.html as text; tests/browser looks at it through a browser."""

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

from iflow_census.report.html import TEMPLATES, escape_json, render_html, view
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsQueue,
    QueueState,
    Reading,
)
from tests.browser.sample_report import sample_report
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


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_html(sample_report()) == render_html(sample_report())


def test_the_policy_allows_the_one_script_and_the_one_style_by_their_hashes() -> None:
    page = text(DESIGNED)

    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    for part, kind in ((style, "style"), (script, "script")):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{kind}-src &#39;sha256-{digest}&#39;" in page


def test_nothing_in_it_points_outside() -> None:
    page = text(replace(DESIGNED, endpoints=()), BARE, ORPHAN)

    assert re.findall(r"""(?:src|href|action)=["'](?!#|data:,)""", page) == []
    assert re.findall(r"\bon\w+=|\bstyle=", page) == []
    assert re.findall(r"https?://|url\(|@import", page) == []


@pytest.mark.parametrize("name", ["report.css", "report.js"])
def test_the_inlined_files_do_not_end_their_own_element(name: str) -> None:
    part = (TEMPLATES / name).read_text(encoding="utf-8")

    assert "</" not in part
    assert "<!--" not in part


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_embedded_json_is_the_same_and_holds_no_markup(content: object) -> None:
    made = escape_json(content)

    assert json.loads(made) == content
    assert made.isascii()
    assert not set("<>&") & set(made)


@given(st.text())
def test_any_name_gives_a_page(name: str) -> None:
    row = replace(DESIGNED, iflow_id=name, iflow_name=name, package_name=name, endpoints=(name,))

    page = text(row)

    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_a_view_is_a_fragment_with_its_filters_quoted() -> None:
    assert view(tenant="a&b", usage="UNUSED") == "#tenant=a%26b&usage=UNUSED"


def test_a_first_report_says_that_there_is_nothing_to_compare_with() -> None:
    page = text(DESIGNED)

    assert "There is no complete report of an earlier month to compare with." in page
    assert "There is no report of another month yet" in page
    assert "The days of this month were not counted." in page


def test_an_empty_report_is_a_page_too() -> None:
    for made in (report(), report(FAILED), report(tenant("prod", []))):
        assert "No message was counted." in render_html(made).decode()


def test_a_count_of_a_month_that_is_not_whole_shows_no_difference() -> None:
    page = render_html(sample_report()).decode()
    dev = page[page.index('<bdi class="text">dev</bdi>') :].partition("</tr>")[0]

    assert "not judged" in dev
    assert '<td class="count" data-label="Messages">' in dev
    assert "delta" not in dev.partition('data-label="Messages">')[2].partition("</td>")[0]


def section(page: str, name: str) -> str:
    start = page.index(f'<section id="{name}"')
    return page[start : page.index("</section>", start)]


def test_the_health_of_a_tenant_is_told_with_what_is_not_known() -> None:
    made = report(replace(tenant("prod", []), health=HEALTH), FAILED)

    told = re.sub(r"<[^>]+>|\s+", " ", section(render_html(made).decode(), "health"))
    told = " ".join(told.split())

    assert "gone Certificate Tenant Administrator 2018-03-15 12:16 expired -3,152" in told
    assert "soon Key Pair Tenant Administrator 2026-11-11 00:31 10" in told
    assert "5 of 9,300 MB and 3 of 30 queues are used. exhausted consumers" in told
    assert "Slow warning Stuck critical 1 of 3 queues are ok." in told
    assert "Not whole: 1 of the error texts could not be read: HTTP 503" in told
    assert "Country codes Codes VALUE_MAPPING the mapping is empty" in told
    assert "Script collections (deployed) 0" in told
    assert "GET DataStores: HTTP 403: lacks the role" in told
    assert told.endswith("test Not scanned.")


def test_a_health_of_refusals_and_one_that_was_not_read_are_told_apart() -> None:
    refused = report(replace(tenant("prod", []), health=UNHEALTHY))

    told = section(render_html(refused).decode(), "health")

    assert told.count("HTTP 403") == 9
    assert "None." not in told
    assert "Not read." in section(text(DESIGNED), "health")


@given(st.text(min_size=1))
def test_any_alias_queue_and_error_gives_a_page(name: str) -> None:
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


def test_the_documents_cost_the_start_of_the_lambda_nothing() -> None:
    probe = (
        "import sys, iflow_census.report.formats;"
        "print(*sorted({'jinja2', 'markupsafe', 'xlsxwriter'} & set(sys.modules)))"
    )

    loaded = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == ""
