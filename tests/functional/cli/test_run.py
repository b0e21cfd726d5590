"""`iflow-census run`, as a person and a script call it."""

import json
import signal
import threading
from collections.abc import Callable

import pytest
import trustme

from tests.clock import FakeClock
from tests.functional.cli.conftest import CommandLine
from tests.functional.tenants import covered_truth, differences, of_tenant, simulated, small, tenant
from tests.simulators.cloud_integration import Fault, FaultKind, SimulatedTenant

Start = Callable[[SimulatedTenant], SimulatedTenant]
OCTOBER = ("--period", "2026-10", "--out", "out")


@pytest.mark.parametrize("auth", ["oauth", "certificate", "basic", "apikey"])
def test_the_report_says_what_is_true_whatever_the_kind_of_the_key(
    iflow_census: CommandLine, started: Start, clock: FakeClock, auth: str
) -> None:
    prod = started(simulated(clock, auth=auth))
    key = iflow_census.key_file(prod)

    ran = iflow_census("run", key, *OCTOBER)

    assert ran.exit_code == 0, ran.stderr
    report = iflow_census.report()
    truth = covered_truth(prod, report)
    assert differences(report["iflows"], truth, usage=False) == []
    assert tenant(report, "prod")["totals"] == {**truth["totals"], "unused": 0}


def test_each_tenant_is_called_as_its_file_or_as_the_person_says(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev, prod = (started(simulated(clock, small(variant=one))) for one in ("dev", "prod"))
    keys = [iflow_census.key_file(dev, "dev"), f"eu.prod={iflow_census.key_file(prod, 'key2')}"]

    ran = iflow_census("run", *keys, *OCTOBER)

    assert ran.exit_code == 0, ran.stderr
    report = iflow_census.report()
    assert [one["name"] for one in report["tenants"]] == ["dev", "eu.prod"]
    for name, one in (("dev", dev), ("eu.prod", prod)):
        truth = covered_truth(one, report)
        assert differences(of_tenant(report, name), truth, usage=False) == []


def test_last_month_is_counted_and_csv_and_json_are_written_here_where_nothing_is_said(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    ran = iflow_census("run", key)

    assert ran.exit_code == 0, ran.stderr
    assert iflow_census.files() == ["manifest.json", "report.csv", "report.json"]
    manifest = json.loads((iflow_census.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["period"] == "2026-10"


def test_the_formats_asked_for_are_written_and_no_others(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    ran = iflow_census("run", key, *OCTOBER, "--format", "classic-csv", "--format", "json")

    assert ran.exit_code == 0, ran.stderr
    assert iflow_census.files() == ["classic.csv", "manifest.json", "report.json"]


def test_machines_read_json_on_standard_output_and_people_read_standard_error(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    for_machines = iflow_census("run", key, *OCTOBER, "--json")
    for_people = iflow_census("run", key, "--period", "2026-10", "--out", "other")

    result = json.loads(for_machines.stdout)
    totals = tenant(iflow_census.report(), "prod")["totals"]
    assert result["status"] == "complete"
    assert result["tenants"] == [
        {
            "name": "prod",
            "status": "complete",
            "iflows": totals["iflows"],
            "messages": totals["messages"],
            "error": None,
        }
    ]
    assert for_people.stdout == ""
    for ran in (for_machines, for_people):
        assert "iFlow census of 2026-10" in ran.stderr
        assert "prod: packages listed 5/5" in ran.stderr


def test_a_terminal_shows_bars_that_fill_and_standard_output_stays_json(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    key = iflow_census.key_file(started(simulated(clock)))

    ran = iflow_census.on_terminal("run", key, *OCTOBER, "--json")

    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["status"] == "complete"
    assert "\x1b[" in ran.stderr
    assert "━" in ran.stderr
    assert "packages listed" in ran.stderr
    assert "iFlows counted" in ran.stderr


def test_a_tenant_that_fails_is_told_and_the_others_are_in_the_report(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    dev = started(simulated(clock, roles={"MonitoringDataRead"}))
    prod = started(simulated(clock))
    keys = [iflow_census.key_file(dev, "dev"), iflow_census.key_file(prod)]

    ran = iflow_census("run", *keys, *OCTOBER, "--json")

    assert ran.exit_code == 3
    assert json.loads(ran.stdout)["status"] == "partial"
    assert "\ndev: " in ran.stderr
    assert "HTTP 403: the service instance lacks the role WorkspacePackagesRead" in ran.stderr
    assert {row["tenant"] for row in iflow_census.report()["iflows"]} == {"prod"}


def test_a_run_fails_where_every_tenant_does(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    wrong = prod.service_key()
    wrong["oauth"]["clientsecret"] = "another-secret"
    iflow_census.key_file(prod)
    key = iflow_census.file(json.dumps(wrong))

    ran = iflow_census("run", key, *OCTOBER)

    assert ran.exit_code == 1
    assert "access token: HTTP 401: the client of the service key was rejected" in ran.stderr
    assert "another-secret" not in ran.stderr


def test_an_interrupt_ends_a_run_at_once_even_if_a_tenant_is_silent(
    iflow_census: CommandLine, started: Start, clock: FakeClock
) -> None:
    prod = started(simulated(clock))
    asked = threading.Event()
    prod.faults.add(Fault(FaultKind.CRASH_HOOK, family="runtime", hook=lambda _: asked.set()))
    prod.faults.add(Fault(FaultKind.HANG, family="runtime"))
    process = iflow_census.start("run", iflow_census.key_file(prod), *OCTOBER)

    assert asked.wait(30)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.endswith("iflow-census: interrupted; nothing was written\n")
    assert iflow_census.files() == []


def _of_another_plan() -> str:
    host = "acme.it-cpi018-rt.cfapps.eu10-002.hana.ondemand.com"
    fields = {"clientid": "sb-1", "clientsecret": "s", "tokenurl": "https://acme.example.com/t"}
    return json.dumps({"oauth": {**fields, "url": f"https://{host}"}})


def _with_a_strange_certificate() -> str:
    authority = trustme.CA()
    one, other = (authority.issue_cert("a.example.com") for _ in range(2))
    fields = {"clientid": "sb-1", "url": "https://a.example.com", "tokenurl": "https://a/t"}
    certificate, key = one.cert_chain_pems[0].bytes(), other.private_key_pem.bytes()
    return json.dumps(
        {"oauth": {**fields, "certificate": certificate.decode(), "key": key.decode()}}
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"oauth": {"clientsecret": "geheim"', "not valid JSON (line 1, column 36)"),
        (b"\xff\xfe\x00", "is no text file"),
        ("[]", "not a service key"),
        ('{"oauth": {"clientid": "sb-1", "clientsecret": "geheim"}}', "'url' is missing"),
        ('{"url": "http://acme.example.com", "apikey": "geheim"}', "must start with https://"),
        (_of_another_plan(), "is a key of plan 'integration-flow'"),
        (_with_a_strange_certificate(), "'certificate' does not match its 'key'"),
    ],
    ids=["no JSON", "no text", "no object", "a field lacks", "http", "other plan", "certificate"],
)
def test_a_file_that_is_no_service_key_is_refused_with_one_line_that_names_it(
    iflow_census: CommandLine, content: str | bytes, said: str
) -> None:
    key = iflow_census.file(content)

    ran = iflow_census("run", key, *OCTOBER)

    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"iflow-census: {key}")
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert "geheim" not in ran.stderr
    assert iflow_census.files() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.json"], "nowhere.json cannot be read: No such file or directory"),
        (["."], "'' names no tenant: use letters, digits, '_', '.', '-', as in prod=."),
        (["prod=."], ". is a folder, not a service key file"),
        (["{key}", "{key}"], "tenant 'prod' is given twice: name them, as in other={key}"),
        (["a/b={key}"], "'a/b' names no tenant"),
        (["{key}", "--format", "pdf"], "unknown format 'pdf'; choose from csv, json"),
        (["{key}", "--period", "October"], "period 'October': not a month; write it as YYYY-MM"),
        (["{key}", "--period", "2026-13"], "period '2026-13': not a month"),
        (["{key}", "--period", "2026-12"], "period 2026-12: it is in the future"),
        (["{key}", "--out", "{key}"], "folder {key}: this is a file"),
    ],
)
def test_wrong_use_gets_one_line_and_writes_nothing(
    iflow_census: CommandLine, arguments: list[str], said: str
) -> None:
    key = iflow_census.file('{"url": "https://acme.example.com", "apikey": "geheim"}')
    given = [one.replace("{key}", key) for one in arguments]

    ran = iflow_census("run", *given)

    assert ran.exit_code == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith(f"iflow-census: {said.replace('{key}', key)}")
    assert ran.stderr.count("\n") == 1
    assert iflow_census.files() == []


def test_a_call_without_a_key_or_with_an_unknown_option_is_wrong_use(
    iflow_census: CommandLine,
) -> None:
    without_key = iflow_census("run")
    unknown_option = iflow_census("run", "key.json", "--periode", "2026-10")

    assert (without_key.exit_code, unknown_option.exit_code) == (2, 2)
    assert "Missing argument 'KEY…'" in without_key.stderr
    assert "No such option: --periode" in unknown_option.stderr
