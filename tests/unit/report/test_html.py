"""report.html as text; tests/browser opens it in a browser."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report import html, relevance
from iflow_census.report.census_report import CensusReport, to_json
from iflow_census.report.html import SCRIPTS, STYLES, TEMPLATES, render_html
from iflow_census.report.html_data import escape_json
from iflow_census.report.html_figures import filter_link
from iflow_census.scan.health import (
    ArtifactInError,
    ExpiringCertificate,
    JmsQueue,
    QueueState,
)
from iflow_census.scan.other_artifacts import ArtifactCount
from iflow_census.scan.readings import Reading
from iflow_census.scan.systems import Part
from iflow_census.scan.usage import Usage
from iflow_census.scan.web_ui import Environment, TenantProfile
from tests.browser.sample_report import sample_report
from tests.unit.report.earlier_month import earlier, october, of_tenants
from tests.unit.report.examples import (
    BARE,
    DESIGNED,
    FAILED,
    HEALTH,
    ORPHAN,
    OTHER_ARTIFACTS,
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
    namespace = "http://www.w3.org/2000/svg"
    assert re.findall(r"https?://|url\(|@import", page.replace(namespace, "")) == []


@pytest.mark.parametrize("name", [*STYLES, *SCRIPTS])
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
    row = replace(
        DESIGNED,
        package_update_available=True,
        iflow_id=name,
        iflow_name=name,
        package_name=name,
        endpoints=(name,),
    )

    page = text(row)

    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_filter_link_is_a_fragment_with_quoted_filters() -> None:
    assert filter_link(tenant="a&b", usage="UNUSED") == "#tenant=a%26b&usage=UNUSED"


def test_lines_do_not_break_within_a_date() -> None:
    part = section(text(DESIGNED), "unused")

    assert 'Reports used: <span class="date">2026-10</span>' in part


def test_first_report_says_what_is_missing() -> None:
    page = text(DESIGNED)

    assert "There is no complete report of an earlier month to compare with." in page
    assert "There are no reports of other months yet" in page
    assert "Messages per day were not counted." in page


@pytest.mark.parametrize("census", [report(), report(FAILED), report(tenant("prod", []))])
def test_empty_report_is_a_valid_page(census: CensusReport) -> None:
    assert "No messages were counted." in render_html(census).decode()


def test_partly_covered_month_shows_no_difference() -> None:
    page = render_html(sample_report()).decode()
    overview = page[page.index('<section id="overview"') :]
    dev = overview[overview.index('<bdi class="text">dev</bdi>') :].partition("</tr>")[0]

    assert "not determined" in dev
    assert '<td class="count" data-label="Messages">' in dev
    assert "delta" not in dev.partition('data-label="Messages">')[2].partition("</td>")[0]


def test_page_starts_with_what_to_do() -> None:
    hostile = '"><script>alert(1)</script>'
    row = replace(DESIGNED, iflow_id=hostile, messages=20, messages_failed=5)
    profile = TenantProfile(Environment.PRODUCTION, "https://acme.example")

    page = render_html(report(replace(tenant("prod", [row]), profile=profile))).decode()

    assert page.index('<section id="worklist"') < page.index('<section id="overview"')
    part = section(page, "worklist")
    assert "<h3>1 iFlow fails often" in part
    assert f'href="{escape(filter_link(tenant="prod", q=hostile))}"' in part
    assert 'href="https://acme.example/shell/monitoring/Messages/%7B' in part
    assert hostile not in part


def test_report_without_problems_says_so() -> None:
    quiet = replace(DESIGNED, messages_failed=0, version_drift=False)

    assert "Nothing to do" in section(text(quiet), "worklist")


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
    assert (
        "Incomplete: 1 of the lists of credentials could not be read: HTTP 403 These names are in "
        "none of the 8 models. Name Kind SFTP_User User credentials HR OAuth2 client credentials"
    ) in health
    assert health.endswith("test Not scanned.")


def text_of(page: str, name: str) -> str:
    """The text of a section without markup, and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", section(page, name)).split())


def test_other_deployed_artifacts_are_counted_by_type_and_status() -> None:
    prod = tenant("prod", [])

    page = render_html(
        report(
            replace(prod, other_artifacts=OTHER_ARTIFACTS),
            replace(prod, name="qa", other_artifacts=[]),
            replace(FAILED, name="test"),
        )
    ).decode()

    health = text_of(page, "health")
    title = "Deployed artifacts other than iFlows"
    assert (
        f"prod Not read. {title} Type Status Number \N{EN DASH} \N{EN DASH} 1 "
        "SCRIPT_COLLECTION STARTED 1,204 VALUE_MAPPING ERROR 2 "
        f"qa Not read. {title} None. test Not scanned."
    ) in health
    assert '<span class="tag bad">ERROR</span>' in section(page, "health")


def test_blocked_updates_are_listed_with_what_to_do() -> None:
    blocked = replace(DESIGNED, package_update_available=True)

    page = text(blocked, replace(blocked, iflow_id="Bare", iflow_version=None, messages=None))

    section_text = text_of(page, "blocked")
    assert "copy the package again" in section_text
    modified = "2018-03-16 12:16 modified after it was created B"
    assert f"A flow Bare \N{EN DASH} Package 1.2.0 prod {modified} \N{EN DASH}" in section_text
    assert f"A flow Flow 1.0.3 Package 1.2.0 prod {modified} 7" in section_text


def test_section_says_that_no_update_is_blocked() -> None:
    section_text = text_of(text(DESIGNED), "blocked")

    assert section_text.endswith("No edited iFlow is known to be in a package with an update.")


def test_refused_health_differs_from_health_that_was_not_read() -> None:
    refused = report(replace(tenant("prod", []), health=UNHEALTHY))

    health = section(render_html(refused).decode(), "health")

    assert health.count("HTTP 403") == 10
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

    others = [ArtifactCount(name, name, 1)]

    page = render_html(
        report(replace(tenant("prod", []), health=hostile, other_artifacts=others))
    ).decode()

    assert page.count("<script") == 2
    assert page.count("</script>") == 2


@pytest.mark.slow
def test_importing_formats_loads_no_template_engine() -> None:
    program = (
        "import sys, iflow_census.report.formats;"
        "print(*sorted({'jinja2', 'markupsafe', 'xlsxwriter'} & set(sys.modules)))"
    )

    loaded = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == ""


def header(page: str) -> str:
    """The text above the sections."""
    start, end = page.index('<header class="top">'), page.index("</header>")
    return " ".join(re.sub(r"<[^>]+>", " ", page[start:end]).split())


def test_page_starts_with_the_verdict() -> None:
    unused = replace(DESIGNED, iflow_id="Unused", usage=Usage.UNUSED, messages=0)

    page = text(DESIGNED, unused)

    assert header(page) == (
        "iFlow census October 2026 2 iFlows in 1 tenant: 1 used , 1 deployed but unused , "
        "0 not deployed , 0 unknown . These figures can be trusted: every tenant was scanned, and "
        "its messages were counted over the whole period."
    )


def test_verdict_says_what_is_missing() -> None:
    page = render_html(report(FAILED, tenant("prod", [DESIGNED]))).decode()

    assert "2 tenants: 1 used" in header(page)
    assert "These figures are not complete: test: not scanned ." in header(page)


def test_overview_has_the_totals_of_all_tenants() -> None:
    known = tenant("prod", [DESIGNED, BARE])
    unknown = replace(known, name="test", totals=replace(known.totals, messages=None))

    both = section(render_html(report(known, replace(known, name="dev"))).decode(), "overview")
    one_unknown = section(render_html(report(known, unknown, FAILED)).decode(), "overview")

    foot = both.partition("<tfoot>")[2]
    assert 'data-label="iFlows"><span class="figure">4<' in foot
    assert 'href="#deployed=yes">' in foot
    foot = one_unknown.partition("<tfoot>")[2]
    assert 'data-label="Messages"><span class="figure">\N{EN DASH}<' in foot
    assert "<tfoot>" not in section(text(DESIGNED), "overview")


def test_production_comes_first() -> None:
    dev, prod = tenant("dev", []), tenant("prod", [])
    profile = TenantProfile(Environment.DEVELOPMENT)

    page = render_html(report(replace(dev, profile=profile), prod)).decode()

    for name in ("overview", "health"):
        part = section(page, name)
        assert part.index(">prod<") < part.index(">dev<")


def test_iflow_with_several_changes_has_one_row() -> None:
    after = replace(DESIGNED, iflow_version="2.0.0", runtime_version="2.0.0", deployed=True)
    before = replace(DESIGNED, messages=900, deployed=False, runtime_version=None)

    page = render_html(october([after], earlier(before))).decode()

    (row,) = re.findall(r"<tr><td.*?</tr>", section(page, "changes"), re.DOTALL)
    kinds = re.findall(r'<span class="kind [a-z_]+">([^<]*)</span>', row)
    assert len(kinds) > 1
    assert "Volume changed" in kinds


def test_long_text_of_a_list_opens() -> None:
    blocked = replace(DESIGNED, package_update_available=True)

    short = section(text(replace(blocked, iflow_name="x" * 160)), "blocked")
    long = section(text(replace(blocked, iflow_name="x" * 161)), "blocked")

    assert "<details" not in short
    opened = f"<summary><bdi>{'x' * 160}…</bdi></summary>"
    assert f'<details class="long">{opened}<bdi class="text">{"x" * 161}</bdi>' in long


def test_removed_iflow_is_among_the_changes() -> None:
    page = render_html(october([], earlier(DESIGNED))).decode()

    assert '<span class="kind removed">Removed</span>' in page


def test_unknown_failed_share_has_no_difference() -> None:
    uncounted = tenant("prod", [])
    uncounted = replace(uncounted, totals=replace(uncounted.totals, messages=None))
    census = replace(report(tenant("prod", [])), earlier=[of_tenants(uncounted)])

    page = render_html(census).decode()

    assert " points<" not in page


def overview(page: str) -> dict[str, tuple[str, str | None, str | None]]:
    """Value, difference and link of each figure of the first tenant."""
    row = section(page, "overview").partition("<tbody>")[2].partition("</tr>")[0]
    figures = {}
    for cell in row.split('data-label="')[1:]:
        link = re.search(r'href="([^"]*)"', cell)
        value = re.search(r'<span class="figure">(?:<a [^>]*>)?([^<]*)', cell)
        delta = re.search(r"([^<>]*)</span>\s*</td>", cell.partition('class="delta"')[2])
        assert value is not None
        figures[cell.partition('"')[0]] = (
            value[1],
            delta and delta[1],
            link and link[1].replace("&amp;", "&"),
        )
    return figures


def test_overview_has_differences_and_filters_the_table() -> None:
    now = tenant("prod", [DESIGNED])
    now = replace(
        now,
        totals=replace(
            now.totals, iflows=3, deployed=1, orphans=1001, messages=1234, messages_failed=617
        ),
    )

    page = render_html(replace(report(now), earlier=[of_tenants(tenant("prod", []))])).decode()

    assert overview(page) == {
        "iFlows": ("3", "+3", "#tenant=prod"),
        "Deployed": ("1", "\N{MINUS SIGN}1", "#tenant=prod&deployed=yes"),
        "Edited": ("1", "±0", "#tenant=prod&edited=EDITED"),
        "Unused": ("1", "±0", "#tenant=prod&usage=UNUSED"),
        "Orphans": ("1,001", "+1,000", "#tenant=prod&orphan=yes"),
        "Messages": ("1,234", "+1,225", None),
        "Failed": ("50.0 %", "+38.9 points", "#tenant=prod&failing=yes"),
    }


@pytest.mark.parametrize(
    ("failed", "share", "points"),
    [
        (1100, "11.0 %", "+1.0 points"),
        (987, "9.9 %", "\N{MINUS SIGN}0.1 points"),
        (1004, "10.0 %", "±0"),
        (None, "\N{EN DASH}", None),
    ],
)
def test_failed_share_changes_by_points(failed: int | None, share: str, points: str | None) -> None:
    prod = tenant("prod", [])
    now, before = (
        replace(prod, totals=replace(prod.totals, messages=10_000, messages_failed=count))
        for count in (failed, 1000)
    )

    page = render_html(replace(report(now), earlier=[of_tenants(before)])).decode()

    assert overview(page)["Failed"][:2] == (share, points)


def test_overview_says_how_many_iflows_log_only_errors() -> None:
    at_error = tenant("prod", [replace(DESIGNED, log_level="ERROR")])
    at_error = replace(at_error, totals=replace(at_error.totals, at_level_error=3))

    page = render_html(report(at_error, tenant("dev", [BARE]))).decode()

    assert "where only failed messages are logged: 3 in prod" in text_of(page, "overview")
    assert "level ERROR" not in text_of(text(DESIGNED), "overview")


def test_page_says_what_log_levels_hide() -> None:
    page = text(DESIGNED)

    assert "level NONE writes no logs, and one at ERROR only those of failed" in page
    assert "iFlows at log level NONE write no log either" in section(page, "unused")


def test_changes_with_newly_unused_iflows_say_what_to_check() -> None:
    idle = replace(DESIGNED, usage=Usage.UNUSED, messages=0)

    page = render_html(october([idle], earlier(DESIGNED))).decode()

    assert "iFlows at log level NONE write no log either" in section(page, "changes")


def test_figures_without_an_earlier_month_have_no_differences() -> None:
    assert {delta for _, delta, _ in overview(text(DESIGNED)).values()} == {None}


def test_unknown_figures_have_no_differences() -> None:
    prod = tenant("prod", [])
    unknown = replace(prod, totals=replace(prod.totals, messages=None))

    for now, before in ((prod, unknown), (unknown, prod)):
        page = render_html(replace(report(now), earlier=[of_tenants(before)])).decode()
        figures = overview(page)
        assert figures["Messages"][1] is figures["Failed"][1] is None


def table_data(page: str) -> dict[str, Any]:
    (content,) = re.findall(r'<script[^>]* type="application/json"[^>]*>(.*?)</script>', page)
    data: dict[str, Any] = json.loads(content)
    return data


def test_table_has_every_value_of_every_row() -> None:
    rows = [
        replace(DESIGNED, iflow_id=f"flow{number}", deployed=number > 5, messages=number)
        for number in range(9)
    ]

    data = table_data(text(*rows, BARE))

    assert data["rows"] == 10
    for column in data["columns"]:
        values = column["values"]
        if isinstance(values, dict):
            values = [values["distinct"][position] for position in values["positions"]]
        assert values == [to_json(getattr(row, column["name"])) for row in [*rows, BARE]]


def test_column_of_repeated_values_is_compressed() -> None:
    rows = [replace(DESIGNED, iflow_id=f"flow{number}", draft=number < 2) for number in range(4)]

    columns = {column["name"]: column for column in table_data(text(*rows))["columns"]}

    assert columns["draft"]["values"] == {"distinct": [True, False], "positions": [0, 0, 1, 1]}
    assert columns["iflow_id"]["values"] == ["flow0", "flow1", "flow2", "flow3"]
    assert columns["endpoints"]["values"] == [list(DESIGNED.endpoints or ())] * 4


def test_table_marks_changed_and_unused_iflows() -> None:
    unused = replace(DESIGNED, iflow_id="Unused", usage=Usage.UNUSED, messages=0)
    new = replace(DESIGNED, iflow_id="New")

    page = render_html(october([unused, new], earlier(unused, DESIGNED))).decode()

    data = table_data(page)
    assert data["changes"] == {"1": ["New"]}
    assert data["unused"] == {"0": "at least 2026-09"}


def test_iflow_is_failing_by_its_rate_or_in_error() -> None:
    rows = [
        replace(DESIGNED, iflow_id="often", messages=20, messages_failed=2),
        replace(DESIGNED, iflow_id="rarely", messages=21, messages_failed=2),
        replace(DESIGNED, iflow_id="few", messages=19, messages_failed=19),
        replace(DESIGNED, iflow_id="error", messages_failed=0, runtime_status="ERROR"),
    ]

    assert table_data(text(*rows))["failing"] == [0, 3]


def test_table_has_the_messages_of_eleven_earlier_months() -> None:
    new = replace(DESIGNED, iflow_id="New")

    history = table_data(render_html(october([new, DESIGNED], earlier(DESIGNED))).decode())[
        "history"
    ]

    assert [month["month"] for month in history][::10] == ["2025-11", "2026-09"]
    assert history[-1]["messages"] == [None, 7]
    assert history[0]["messages"] == {"distinct": [None], "positions": [0, 0]}
    assert table_data(text(DESIGNED))["history"] == []


def test_table_has_the_pages_of_each_web_ui() -> None:
    profile = TenantProfile(Environment.PRODUCTION, "https://acme.example")
    linked = replace(tenant("prod", [DESIGNED]), profile=profile)

    pages = table_data(render_html(report(linked, tenant("test", []))).decode())["pages"]

    assert list(pages) == ["prod"]
    for page in pages["prod"]:
        assert page.startswith("https://acme.example/shell/")
        assert page.count("%7Biflow%7D") == 1
    assert pages["prod"][0].count("%7Bpackage%7D") == 1


def test_days_have_bars_up_to_the_highest() -> None:
    counted = replace(tenant("prod", []), messages_per_day=[50, None, 0, *[100] * 28])

    page = section(render_html(report(counted)).decode(), "messages")

    bars = re.findall(r"<title>(2026-10-[^<]*)</title>.*?(?:gap|bar)\".* height=\"([^\"]*)\"", page)
    assert len(bars) == 31
    assert bars[:4] == [
        ("2026-10-01: 50", "29.00"),
        ("2026-10-02: not counted", "4"),
        ("2026-10-03: 0", "0.40"),
        ("2026-10-04: 100", "58.00"),
    ]
    assert "highest: 100" in page


def test_days_without_messages_have_no_height() -> None:
    silent = replace(tenant("prod", []), messages_per_day=[0] * 31)

    page = section(render_html(report(silent)).decode(), "messages")

    assert set(re.findall(r'class="bar".*? height="([^"]*)"', page)) == {"0.40"}


def test_trends_start_with_the_second_month() -> None:
    first = section(text(DESIGNED), "messages")
    second = section(render_html(october([DESIGNED], earlier(DESIGNED))).decode(), "messages")

    assert "There are no reports of other months yet" in first
    assert "There are no reports of other months yet" not in second
    assert "iFlows in the last twelve months in prod" in second


def test_unused_iflows_have_their_decision() -> None:
    idle = replace(
        DESIGNED,
        usage=Usage.UNUSED,
        decision="retire",
        owner="<b>Jane",
        decision_due="2026-11",
    )

    assert "retire by 2026-11 (&lt;b&gt;Jane)" in section(text(idle), "unused")
    assert "owner: &lt;b&gt;Jane" in section(text(replace(idle, decision=None)), "unused")


def test_report_without_systems_has_no_section_for_them() -> None:
    assert '"#systems"' not in text(DESIGNED)


def test_systems_are_links_to_their_iflows() -> None:
    census = replace(
        report_of(replace(DESIGNED, calls=("Callee",))),
        flows={("S/4 <1>", "Bank"): 3, (None, "Bank"): 1},
        unmatched={(Part.PARTICIPANT, "<Receiver>"): 2},
    )

    page = render_html(census).decode()

    assert 'href="#system=S%2F4+%3C1%3E"' in page
    assert "<title>S/4 &lt;1&gt; → Bank: 3 iFlows</title>" in page
    shown = text_of(page, "systems")
    assert "no sender known" in shown
    assert "&lt;Receiver&gt; participant, 2 iFlows" in shown
    assert "A flow prod Callee" in shown


@pytest.mark.parametrize(("callers", "limited"), [(2, False), (3, True)])
def test_first_chains_of_calls_are_shown_production_first(
    monkeypatch: pytest.MonkeyPatch, callers: int, *, limited: bool
) -> None:
    monkeypatch.setattr(html, "LIST_LIMIT", 2)
    names = ["First", "Second", "Third"][:callers]
    rows = [replace(DESIGNED, iflow_id=name, iflow_name=name, calls=("Callee",)) for name in names]
    prod = replace(tenant("prod", rows[:1]), profile=TenantProfile(Environment.PRODUCTION))

    shown = text_of(render_html(report(tenant("dev", rows[1:]), prod)).decode(), "systems")

    assert "First prod Callee Second dev Callee" in shown
    assert "Third" not in shown
    assert ("Only the first 2 are shown" in shown) is limited


def test_charts_are_of_the_busiest_tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relevance, "TOP", 1)
    busy = replace(tenant("busy", []), messages_per_day=[1] * 31)
    quiet = replace(busy, name="quiet", totals=replace(busy.totals, messages=0))
    before = of_tenants(busy, quiet)

    page = render_html(replace(report(quiet, busy), earlier=[before])).decode()

    charts = section(page, "messages")
    assert "Messages per day in busy" in charts
    assert "iFlows in the last twelve months in busy" in charts
    assert "in quiet" not in charts


def test_unused_iflows_have_what_starts_them_and_who_would_notice() -> None:
    idle = replace(DESIGNED, usage=Usage.UNUSED, messages=0)
    known = replace(
        idle,
        triggers=("ProcessDirect /<b>",),
        undeploy_impact="calls would fail: Caller (deployed)",
    )

    page = text(known, replace(idle, iflow_id="Unread"))

    part = section(page, "unused")
    assert '<div class="address"><bdi class="text">ProcessDirect /&lt;b&gt;</bdi>' in part
    assert "calls would fail: Caller (deployed)" in part
    assert "model not read" in part
    assert "Started by" not in section(text(idle), "unused")
