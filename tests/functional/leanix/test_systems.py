"""Interfaces are connected to applications by the rules in systems.csv."""

import json
from dataclasses import replace
from pathlib import Path

from iflow_census.leanix.settings import LeanixSettings
from iflow_census.scan.anatomy.model import ModelResult
from iflow_census.scan.model_scan import ModelVersion, StoredModel
from iflow_census.scan.systems import parse_systems
from iflow_census.store.folder import FolderStore
from iflow_census.store.model_store import ModelFile
from tests.functional.leanix.conftest import Call, OpenSession, send, set_up, write_report
from tests.simulators.cloud_integration.models import ChannelSpec
from tests.simulators.leanix import Relation, SimulatedWorkspace
from tests.unit.leanix.rows import iflow, tenant_result
from tests.unit.scan.anatomy.models import read
from tests.unit.scan.test_systems import connection

SYSTEMS = "match,system,application,role\nshop,Shop,app-shop,\nS4,S/4,app-s4,\n(a+)+,Bad,,\n"


def test_interface_is_related_to_applications_that_exist(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    erp = leanix.inventory.add("Application", "app-s4", name="S/4HANA")
    tenant = tenant_result([iflow("A", sender="Shop", receiver="S4 PRD"), iflow("B", sender="S4")])

    outcome = send(open_session(leanix), tenant, systems=parse_systems(SYSTEMS.encode()))

    sheets = [leanix.inventory.find(f"sap-ci:prod:{name}") for name in "AB"]
    ids = [sheet.id for sheet in sheets if sheet]
    assert outcome.problem is None
    assert {found for found in leanix.inventory.relations if "Application" in found.type} == {
        Relation("relInterfaceToConsumerApplication", ids[0], erp.id),
        Relation("relInterfaceToProviderApplication", ids[1], erp.id),
    }
    assert [sheet.name for sheet in leanix.inventory.active("Application")] == ["S/4HANA"]
    assert outcome.notes[0].startswith("systems.csv, line 4: 'match' '(a+)+'")


def test_interface_is_related_by_the_host_of_a_channel(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    erp = leanix.inventory.add("Application", "app-s4", name="S/4HANA")
    tenant = replace(
        tenant_result([iflow("Orders")]), connections=[connection("Receiver", host="s4.example")]
    )

    send(open_session(leanix), tenant, systems=parse_systems(SYSTEMS.encode()))

    assert [found.target for found in leanix.inventory.relations if "Consumer" in found.type] == [
        erp.id
    ]


def test_relations_of_a_former_line_are_removed_and_no_others(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    set_up(leanix)
    for name in ("app-old", "app-s4", "app-hand"):
        leanix.inventory.add("Application", name, name=name)
    tenant = tenant_result([iflow("A", sender="S4", receiver="CRM"), iflow("B", sender="Shop")])
    before = "match,system,application,role\nS4,S/4,app-old,\nShop,Shop,app-old,\n"
    send(open_session(leanix), tenant, systems=parse_systems(before.encode()))
    interface, application = map(leanix.inventory.find, ("sap-ci:prod:A", "app-hand"))
    assert interface
    assert application
    by_hand = Relation("relInterfaceToProviderApplication", interface.id, application.id)
    leanix.inventory.relations.add(by_hand)

    after = (
        "match,system,application,role\nS4,S/4,app-old,former\nS4,S/4,app-s4,\n"
        "Shop,Shop,app-old,\nShop,Shop,app-old,former\n"
    )
    outcome = send(
        open_session(leanix), tenant, systems=parse_systems(after.encode()), run_id="other"
    )

    targets = {
        (
            leanix.inventory.fact_sheets[found.source].external_id,
            leanix.inventory.fact_sheets[found.target].name,
        )
        for found in leanix.inventory.relations
        if "Application" in found.type
    }
    assert outcome.problem is None
    assert targets == {
        ("sap-ci:prod:A", "app-s4"),
        ("sap-ci:prod:A", "app-hand"),
        ("sap-ci:prod:B", "app-old"),
    }


def test_relations_can_be_switched_off(
    leanix: SimulatedWorkspace, open_session: OpenSession
) -> None:
    settings = LeanixSettings(provider_relation=None, consumer_relation=None)
    set_up(leanix, settings)
    leanix.inventory.add("Application", "app-s4", name="S/4HANA")
    tenant = tenant_result([iflow("B", sender="S4")])

    send(open_session(leanix), tenant, settings, systems=parse_systems(SYSTEMS.encode()))

    assert {found.type for found in leanix.inventory.relations} == {"relInterfaceToITComponent"}


def test_inbound_reads_the_rules_and_prints_bad_lines(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.inventory.add("Application", "app-s4", name="S/4HANA")
    systems = tmp_path / "systems.csv"
    systems.write_text(SYSTEMS)

    result = call(
        "inbound", write_report(tmp_path, iflow("B", sender="S4")), "--systems", str(systems)
    )

    assert result.exit_code == 0
    assert "systems.csv, line 4" in result.stderr
    assert [found for found in leanix.inventory.relations if "Provider" in found.type]


def test_unmatched_lists_names_by_number_of_iflows(
    leanix: SimulatedWorkspace, call_without_secret: Call, tmp_path: Path
) -> None:
    report = write_report(
        tmp_path, iflow("A", sender="CRM"), iflow("B", sender="CRM", receiver="S4"), iflow("C")
    )
    systems = tmp_path / "systems.csv"
    systems.write_text("match,system\nERP,S/4\n")

    text = call_without_secret("unmatched", report, "--systems", str(systems))
    data = call_without_secret("unmatched", report, "--systems", str(systems), "--json")

    assert text.stdout.split() == ["2", "sender", "CRM", "1", "receiver", "S4"]
    assert json.loads(data.stdout)[0] == {"part": "sender", "name": "CRM", "iflows": 2}
    assert leanix.requests == []


def test_hosts_are_read_from_the_models_in_the_folder(
    leanix: SimulatedWorkspace, call: Call, call_without_secret: Call, tmp_path: Path
) -> None:
    set_up(leanix)
    leanix.inventory.add("Application", "app-s4", name="S/4HANA")
    row, changed = iflow("Orders"), iflow("Changed")
    folder = FolderStore(tmp_path)
    model = read(
        [ChannelSpec("HTTP", "Receiver", {"httpAddressWithoutQuery": "https://s4.example/a"})]
    )
    result = ModelResult(model)
    version = ModelVersion(row.iflow_version, row.modified_at, row.deployed_at)
    ModelFile(folder, "prod").write(
        [
            StoredModel("Orders", version, result),
            StoredModel("Changed", replace(version, version="0.9"), result),
        ]
    )
    period = tmp_path / "reports/period=2026-10"
    period.mkdir(parents=True)
    report = write_report(period, row, changed)

    unmatched = call_without_secret("unmatched", report)
    systems = "match,system,application\nhost:s4,S/4,app-s4\n"
    (tmp_path / "systems.csv").write_text(systems)
    sent = call("inbound", report)

    assert unmatched.stdout.split() == ["1", "host", "s4.example"]
    assert sent.exit_code == 0
    related = [found.source for found in leanix.inventory.relations if "Consumer" in found.type]
    assert [leanix.inventory.fact_sheets[source].name for source in related] == [
        "prod: Orders to ERP"
    ]
