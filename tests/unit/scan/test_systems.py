"""Which systems an iFlow connects."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.results import IflowRow
from iflow_census.scan.systems import Part, Role, SystemRules, parse_systems
from tests.unit.leanix.rows import iflow
from tests.unit.report.examples import tenant


def rules_of(*lines: str) -> SystemRules:
    return parse_systems("\n".join(["match,system,application,role", *lines]).encode())


def connection(direction: str | None, *, host: str | None) -> Connection:
    return Connection(
        tenant="prod",
        package_id="Sales",
        package_name=None,
        iflow_id="Orders",
        iflow_name=None,
        deployed=True,
        direction=direction,
        adapter="HTTP",
        adapter_version=None,
        participant=None,
        address=None,
        address_kind="literal",
        host=host,
        port=None,
        resource=None,
        authentication=None,
        proxy=None,
        location=None,
        aliases=(),
        starts=False,
        cleartext=None,
    )


def test_sender_provides_and_receiver_consumes() -> None:
    rules = rules_of("^shop,Shop,app-shop,", "S/?4|ERP,S/4,app-s4,auto")
    row = iflow(sender="Shop PRD", receiver="S4 100")

    assert rules.applications(row, Role.PROVIDER) == ["app-shop"]
    assert rules.applications(row, Role.CONSUMER) == ["app-s4"]
    assert rules.problems == []


def test_first_rule_that_applies_decides() -> None:
    rules = rules_of("S4 PRD,S/4,app-prd", "S4,S/4 others,app-others")

    assert rules.applications(iflow(sender="S4 PRD 100"), Role.PROVIDER) == ["app-prd"]
    assert rules.applications(iflow(sender="S4 QAS"), Role.PROVIDER) == ["app-others"]


def test_rule_may_apply_to_one_part_with_a_role_of_its_own() -> None:
    rules = rules_of("receiver: S4,S/4,app-s4,provider", "package:sales,CRM,app-crm,consumer")
    row = iflow(sender="S4", receiver="S4")

    assert rules.applications(row, Role.PROVIDER) == ["app-s4"]
    assert rules.applications(row, Role.CONSUMER) == ["app-crm"]


def test_only_the_name_of_a_part_with_a_colon_selects_it() -> None:
    rules = rules_of("host,Hosting,,", "S4: PRD,S/4,,", " HOST :erp,ERP,,")

    def systems(*ends: str) -> list[str]:
        rows = [iflow(sender=end) for end in ends]
        return [found.rule.system for row in rows for found in rules.connected_systems(row)]

    assert systems("Host 1", "S4: PRD 100", "erp") == ["Hosting", "S/4"]


def test_system_without_application_is_known_but_not_related() -> None:
    rules = rules_of("bank,Bank,,")
    row = iflow(receiver="Bank")

    assert rules.applications(row, Role.CONSUMER) == []
    assert [system.rule.system for system in rules.connected_systems(row)] == ["Bank"]
    assert rules.unmatched([row]) == {}


def test_participants_of_the_model_are_matched_by_direction() -> None:
    rules = rules_of("participant:^S4$,S/4,app-s4,", "^Shop$,Shop,app-shop,")
    row = iflow(senders=("Shop", "Timer"), receivers=("S4",))

    assert rules.applications(row, Role.PROVIDER) == ["app-shop"]
    assert rules.applications(row, Role.CONSUMER) == ["app-s4"]
    assert rules.unmatched([row]) == {(Part.PARTICIPANT, "Timer"): 1}


def test_package_without_a_name_is_matched_by_its_id() -> None:
    rules = rules_of("package:^sales$,CRM,app-crm,consumer")

    assert rules.applications(iflow(package_name=None), Role.CONSUMER) == ["app-crm"]
    assert rules.applications(iflow(package_name="Sales processes"), Role.CONSUMER) == []


def test_rows_have_the_systems_of_their_ends_and_hosts() -> None:
    rules = rules_of("shop,Shop,,", "^erp,ERP,,", r"host:\.s4\.,Bank,,")
    scanned = replace(
        tenant("prod", [iflow("Orders", sender="Shop", receiver="ERP 1"), iflow("Others")]),
        connections=[connection("Receiver", host="prd.s4.example")],
    )

    assert [row.systems for row in rules.add_systems(scanned).iflows] == [
        ("Bank", "ERP", "Shop"),
        (),
    ]
    assert SystemRules().add_systems(scanned) == scanned


def test_hosts_of_channels_are_matched_by_direction() -> None:
    rules = rules_of(r"host:\.s4\.example\.com$,S/4,app-s4,", "shop,Shop,app-shop,")
    channels = [
        connection("Receiver", host="prd.s4.example.com"),
        connection("Sender", host="shop.example.com"),
        connection("Receiver", host=None),
        connection(None, host="shop.example.com"),
    ]

    assert rules.applications(iflow(), Role.CONSUMER, channels) == ["app-s4"]
    assert rules.applications(iflow(), Role.PROVIDER, channels) == ["app-shop"]


def test_former_line_removes_its_application_and_matches_nothing() -> None:
    rules = rules_of(
        "S4,S/4,app-old,former",
        "S4,S/4,app-s4,",
        "package:Sales,CRM,app-crm,former",
        "Bank,Bank,app-bank,former",
    )
    row = iflow(sender="S4")

    assert rules.applications(row, Role.PROVIDER) == ["app-s4"]
    assert rules.former_applications(row, Role.PROVIDER) == ["app-crm", "app-old"]
    assert [system.rule.application for system in rules.connected_systems(row)] == ["app-s4"]
    assert rules_of("S4,S/4,app-s4,").former_applications(row, Role.PROVIDER) == []
    assert rules_of("S4,S/4,app-old,former").unmatched([row]) == {(Part.SENDER, "S4"): 1}


def test_rule_of_participant_or_host_applies_to_the_channel() -> None:
    row = iflow(receivers=("Receiver1",))
    channel = replace(connection("Receiver", host="s4.example"), participant="Receiver1")

    assert rules_of("host:s4,S/4").unmatched([row], [channel]) == {}
    provider = replace(row, sender="Receiver1")
    assert rules_of("host:s4,S/4").unmatched([provider], [channel]) == {
        (Part.SENDER, "Receiver1"): 1
    }
    assert rules_of("participant:Receiver1,S/4").unmatched([row], [channel]) == {}
    assert rules_of("CRM,CRM").unmatched([row], [channel]) == {
        (Part.PARTICIPANT, "Receiver1"): 1,
        (Part.HOST, "s4.example"): 1,
    }


def flows(rules: SystemRules, *rows: IflowRow, connections: Sequence[Connection] = ()) -> object:
    return rules.count_flows(replace(tenant("prod", rows), connections=connections))


def test_flows_have_the_names_of_the_rules() -> None:
    rules = rules_of("^shop,Shop,,", "S4,S/4,,provider", "^host:hr,HR,,")
    both = iflow(sender="Shop PRD", receiver="CRM")

    assert flows(rules, both, both) == {("Shop", "CRM"): 2}
    assert flows(rules, iflow(receiver="S4")) == {("S/4", None): 1}
    assert flows(rules, iflow()) == {}


def test_participants_stand_for_what_was_documented() -> None:
    modeled = iflow(sender="old", receiver="Bank", senders=("A", "B"), receivers=())

    assert flows(SystemRules(), modeled) == {("A", "Bank"): 1, ("B", "Bank"): 1}


def test_host_with_a_rule_stands_for_its_participant() -> None:
    row = iflow(tenant="prod", iflow_id="Orders", receivers=("Receiver1",))
    channel = replace(connection("Receiver", host="hr.example"), participant="Receiver1")

    assert flows(rules_of("host:hr,HR,,"), row, connections=[channel]) == {(None, "HR"): 1}
    assert flows(SystemRules(), row, connections=[channel]) == {(None, "Receiver1"): 1}


def test_participant_of_another_iflow_or_a_queue_is_no_system() -> None:
    row = iflow(tenant="prod", iflow_id="Orders", sender="Shop", senders=("Caller", "Both"))
    channels = [
        replace(connection("Sender", host=None), adapter=adapter, participant=participant)
        for adapter, participant in (
            ("ProcessDirect", "Caller "),
            ("JMS", "Both"),
            ("HTTPS", "Both"),
        )
    ]

    assert flows(SystemRules(), row, connections=channels) == {("Both", None): 1}
    assert flows(SystemRules(), row, connections=channels[:1]) == {("Both", None): 1}
    assert rules_of("ERP,S/4").unmatched([row], channels).keys() == {
        (Part.SENDER, "Shop"),
        (Part.PARTICIPANT, "Both"),
    }


def test_documented_sender_counts_where_the_model_only_has_callers() -> None:
    row = iflow(tenant="prod", iflow_id="Orders", sender="Shop", senders=("Caller",))
    channel = replace(
        connection("Sender", host=None), adapter="ProcessDirect", participant="Caller"
    )

    assert flows(SystemRules(), row, connections=[channel]) == {("Shop", None): 1}


def test_unmatched_names_are_counted_by_iflow() -> None:
    rows = [
        iflow("A", sender="Shop", receiver="ERP"),
        iflow("B", sender="Shop", receiver="Shop"),
        iflow("C", sender="Bank", receiver="CRM"),
        iflow("D"),
    ]

    assert list(rules_of("ERP,S/4").unmatched(rows).items()) == [
        ((Part.SENDER, "Shop"), 2),
        ((Part.SENDER, "Bank"), 1),
        ((Part.RECEIVER, "CRM"), 1),
    ]


def test_name_of_receiver_and_model_is_one() -> None:
    rows = [iflow("A", receiver="Lake", receivers=("Lake",)), iflow("B", receivers=("Lake",))]

    assert rules_of("ERP,S/4").unmatched(rows) == {(Part.RECEIVER, "Lake"): 2}
    assert rules_of("receiver:Lake,Lake").unmatched(rows) == {(Part.PARTICIPANT, "Lake"): 1}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",S/4,app", "'match' is empty"),
        ("sender:,S/4,app", "'match' is empty"),
        ("S4,,app", "'system' is empty"),
        ("S4,S/4,,former", "'application' is empty; name the one whose relations are removed"),
        ("S4,S/4,app,both", "'role' is 'both'; write provider, consumer, auto, former"),
        ("package:x,S/4,app", "a package has no direction; write provider or consumer as 'role'"),
        ("(a+)+,S/4,app", "'match' '(a+)+': a group with a repetition or a choice is repeated"),
    ],
)
def test_bad_line_is_named_and_the_others_stand(line: str, problem: str) -> None:
    rules = rules_of(line, "ERP,S/4,app-s4")

    assert rules.problems == [f"systems.csv, line 2: {problem}; the line is ignored"]
    assert rules.applications(iflow(sender="ERP"), Role.PROVIDER) == ["app-s4"]
