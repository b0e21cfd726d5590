"""The connections of iFlows, and the checks on them."""

from dataclasses import replace

import pytest

from iflow_census.scan.anatomy.connection import Connection
from iflow_census.scan.anatomy.connections import find_checks, find_connections
from iflow_census.scan.anatomy.links import IflowLinks
from iflow_census.scan.readings import Reading
from tests.simulators.cloud_integration.models import RUN_ONCE, ChannelSpec, cron, schedule_rows
from tests.unit.report.examples import DESIGNED
from tests.unit.scan.anatomy.models import read

ROW = replace(DESIGNED, iflow_id="A")
HTTP = {"httpAddressWithoutQuery": "http://ERP.example.com:8000/api"}


def connect(adapter: str, direction: str, properties: dict[str, str]) -> Connection:
    """The connection of a single channel."""
    model = read([ChannelSpec(adapter, direction, properties, "ERP")])
    (connection,) = find_connections([ROW], {"A": Reading(model)})
    return connection


def check(*channels: ChannelSpec, timers: tuple[str, ...] = (), deployed: bool = True) -> list[str]:
    model = read(channels, timers=timers)
    return list(find_checks(replace(ROW, deployed=deployed), model, IflowLinks(dangling=["/x"])))[
        :-1
    ]


def test_connection_has_the_columns_of_iflow_and_channel() -> None:
    connection = connect("HTTP", "Receiver", HTTP | {"credentialName": "C", "proxyType": "default"})

    assert connection == Connection(
        tenant="prod",
        package_id=ROW.package_id,
        package_name=ROW.package_name,
        iflow_id="A",
        iflow_name=ROW.iflow_name,
        deployed=ROW.deployed,
        direction="Receiver",
        adapter="HTTP",
        adapter_version="1.2.0",
        participant="ERP",
        address="http://ERP.example.com:8000/api",
        address_kind="literal",
        host="erp.example.com",
        port=8000,
        resource=None,
        authentication=None,
        proxy="default",
        location=None,
        aliases=("C",),
        starts=False,
        cleartext=True,
    )


def test_what_a_channel_does_not_say_is_empty() -> None:
    connection = connect("HTTP", "Receiver", {"direction": "Sideways"})

    assert (connection.direction, connection.address, connection.host) == (None, None, None)
    assert (connection.address_kind, connection.cleartext) == ("empty", None)


@pytest.mark.parametrize(
    ("adapter", "direction", "properties"),
    [
        ("HTTPS", "Sender", {"urlPath": "/in"}),
        ("SOAP", "Sender", {"address": "orders"}),
        ("ProcessDirect", "Receiver", {"address": "orders"}),
        ("HTTP", "Receiver", {"httpAddressWithoutQuery": "http://${header.host}/"}),
    ],
)
def test_path_name_and_expression_have_no_host(
    adapter: str, direction: str, properties: dict[str, str]
) -> None:
    assert connect(adapter, direction, properties).host is None


def test_iflow_without_a_model_has_no_connections() -> None:
    assert find_connections([ROW], {"A": Reading(reason="configure-only")}) == []


@pytest.mark.parametrize(
    ("channel", "found"),
    [
        (
            ChannelSpec("HTTP", "Receiver", HTTP),
            ["cleartext without Cloud Connector: HTTP http://ERP.example.com:8000/api"],
        ),
        (ChannelSpec("HTTP", "Receiver", HTTP | {"proxyType": "sapcc"}), []),
        (
            ChannelSpec("HTTP", "Receiver", {"httpAddressWithoutQuery": "http://${header.a}/"}),
            [],
        ),
        (
            ChannelSpec("SFTP", "Receiver", {"host": "h", "authentication": "user_password"}),
            ["user and password: SFTP h"],
        ),
        (
            ChannelSpec("HTTPS", "Sender", {"urlPath": "/in", "xsrfProtection": "0"}),
            ["CSRF protection off: HTTPS /in"],
        ),
        (ChannelSpec("HTTPS", "Sender", {"urlPath": "/in", "xsrfProtection": "1"}), []),
    ],
)
def test_checks_speak_of_what_is_certain(channel: ChannelSpec, found: list[str]) -> None:
    assert check(channel) == found


def test_timer_that_runs_once_is_remarkable_while_it_is_deployed() -> None:
    timer = schedule_rows(RUN_ONCE)

    assert check(timers=(timer,)) == ["deployed with a timer that runs only once"]
    assert check(timers=(timer,), deployed=False) == []


def test_other_timers_are_not_remarkable() -> None:
    assert check(timers=(schedule_rows(cron("0 0 9 ? * * *")), "{{Missing}}")) == []


def test_dangling_address_is_evidence() -> None:
    found = find_checks(ROW, read([]), IflowLinks(dangling=["/x"]))

    assert list(found) == ["no iFlow has the ProcessDirect address /x"]
