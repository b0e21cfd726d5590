"""Parameters, addresses and schedules."""

import pytest

from iflow_census.scan.anatomy.addresses import host_and_port, strip_secrets
from iflow_census.scan.anatomy.model import Schedule, Timer
from iflow_census.scan.anatomy.parameters import MAX_VALUE, parse_parameters, resolve
from iflow_census.scan.anatomy.schedules import parse_schedule
from iflow_census.scan.anatomy.wording import describe_channel, describe_security, describe_timer
from tests.simulators.cloud_integration.models import RUN_ONCE, schedule_rows
from tests.unit.scan.anatomy.models import read_channel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a : b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("a\\ b\\:c=http\\://x\\=y", {"a b:c": "http://x=y"}),
        ("# x=y\n! z=1\n\n  a=b  ", {"a": "b  "}),
        ("a=b\\\n   c\r\nd=e\\\\\nf=g", {"a": "bc", "d": "e\\", "f": "g"}),
        ("a=b\\\n#c", {"a": "b#c"}),
        ("a=\\u00e4\\uD83D\\uDE00\\t", {"a": "ä😀\t"}),
        ("a=ä", {"a": "ä"}),
        ("a=b\\\\\\\n  c", {"a": "b\\c"}),
        ("a", {"a": ""}),
        ("a=\\", {"a": ""}),
        ("=b", {}),
        (f"a={'x' * MAX_VALUE}", {"a": "x" * MAX_VALUE}),
        (f"a={'x' * (MAX_VALUE + 1)}\nb=c", {"b": "c"}),
        (f"{'k' * (2 * MAX_VALUE - 2)}=b", {"k" * (2 * MAX_VALUE - 2): "b"}),
        (f"{'k' * (2 * MAX_VALUE - 1)}=b\nb=c", {"b": "c"}),
    ],
)
def test_parameters_are_java_properties(text: str, expected: dict[str, str]) -> None:
    assert parse_parameters(text.encode()) == expected


def test_parameters_that_are_not_text_are_read_as_far_as_possible() -> None:
    assert parse_parameters(b"a=\xff\nb=c") == {"a": "�", "b": "c"}


def test_resolved_text_stays_bounded() -> None:
    parameters = {"a": "x" * MAX_VALUE, "b": "{{a}}"}

    assert resolve("{{a}}", parameters) == parameters["a"]
    assert len(resolve("{{a}}" * 1000, parameters)) < 2 * MAX_VALUE
    assert resolve("{{b}}-{{ b }}-{{c}}", parameters) == "{{a}}-{{a}}-{{c}}"


@pytest.mark.parametrize(
    ("url", "stripped"),
    [
        ("https://host/path", "https://host/path"),
        ("https://user:secret@host:8443/a?key=secret#f", "https://host:8443/a"),
        ("https://user@host", "https://host"),
        ("https://user:sec/ret@host/a", "https://host/a"),
        ("user:secret@sftp.example.com", "sftp.example.com"),
        ("sftp.example.com:22", "sftp.example.com:22"),
        ("https://host:443/a@b", "https://host:443/a@b"),
        ("https://${header.a ?: 'x'}/b?c", "https://${header.a ?: 'x'}/b"),
        ("https://${property.user}:${property.pw}@host/", "https://host/"),
        ("https://host/a@b", "https://host/a@b"),
        ("/path?key=secret", "/path"),
        ("?key=secret", ""),
        ("", ""),
        ("sftp://user:pa#ss@host/in", "sftp://host/in"),
        ("user:pa?ss@host", "host"),
        ("//user:secret@host/in", "//host/in"),
        ("https://host:443?mail=a@b", "https://host:443"),
    ],
)
def test_user_info_and_query_are_not_kept(url: str, stripped: str) -> None:
    assert strip_secrets(url) == stripped


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Host.Example.com:8443/a", ("host.example.com", 8443)),
        ("sftp.example.com", ("sftp.example.com", None)),
        ("sftp.example.com:22", ("sftp.example.com", 22)),
        ("/path", (None, None)),
        ("https://${header.host}/", (None, None)),
        ("http://[::1", (None, None)),
        ("http://host:99999", (None, None)),
        ("", (None, None)),
    ],
)
def test_host_and_port_are_those_of_literal_addresses(
    address: str, expected: tuple[str | None, int | None]
) -> None:
    assert host_and_port(address) == expected


@pytest.mark.parametrize(
    ("rows", "schedule"),
    [
        ({"schedule1": "fireNow=true"}, Schedule(run_once=True)),
        (
            {
                "schedule1": "0+0+1+?+*+*+*&amp;trigger.timeZone=Etc/GMT",
                "schedule2": "0+0+2+?+*+*+*&trigger.timeZone=Etc/GMT",
                "schedule3": "",
            },
            Schedule(expressions=("0 0 1 ? * * *", "0 0 2 ? * * *"), time_zone="Etc/GMT"),
        ),
        (
            {"schedule1": "simple.repeat=NONE&amp;trigger.timeZone=IST"},
            Schedule(expressions=("simple.repeat=NONE",), time_zone="IST"),
        ),
    ],
)
def test_schedules_are_rows_of_cells(rows: dict[str, str], schedule: Schedule) -> None:
    text = "".join(f"<row><cell>{key}</cell><cell>{rows[key]}</cell></row>" for key in rows)

    assert parse_schedule(text) == schedule


def test_parameter_without_a_value_is_no_schedule() -> None:
    assert parse_schedule("{{Timer}}") is None


def test_channel_that_polls_is_described_with_its_schedule() -> None:
    properties = {"host": "host:22", "scheduleKey": schedule_rows(RUN_ONCE)}

    channel = read_channel("SFTP", "Sender", properties)

    assert describe_channel(channel) == "SFTP host:22 polled once at deployment"


def test_timer_without_a_schedule_is_described() -> None:
    assert describe_timer(Timer("T", "Timer", None)) == "timer with an unknown schedule"


@pytest.mark.parametrize(
    ("properties", "described"),
    [
        ({}, ""),
        ({"authentication": "user_password"}, "user_password"),
        ({"proxyType": "none", "location_id": "north"}, ""),
        ({"proxyType": "sapcc"}, "Cloud Connector"),
        (
            {
                "authentication": "dual",
                "proxyType": "sapcc",
                "location_id": "north",
                "credential_name": "USER",
                "privateKeyAlias": "KEY",
            },
            "dual, Cloud Connector north, aliases USER, KEY",
        ),
    ],
)
def test_security_of_a_channel_is_described(properties: dict[str, str], described: str) -> None:
    assert describe_security(read_channel("SFTP", "Receiver", properties)) == described
