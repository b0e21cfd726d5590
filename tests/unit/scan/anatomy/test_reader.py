"""Reading what an iFlow connects."""

import io

import pytest

from iflow_census.scan.anatomy import reader
from iflow_census.scan.anatomy.adapters import ADAPTERS
from iflow_census.scan.anatomy.archive import UnreadableModel
from iflow_census.scan.anatomy.model import (
    AddressKind,
    DataStore,
    Direction,
    Mapping,
    Participant,
    Schedule,
    Script,
)
from iflow_census.scan.anatomy.parameters import MAX_VALUE
from iflow_census.scan.anatomy.reader import MAX_KEPT_TEXT, read_model
from tests.simulators.cloud_integration.models import (
    RUN_ONCE,
    ChannelSpec,
    StepSpec,
    cron,
    model_document,
    model_zip,
    schedule_rows,
)
from tests.unit.scan.anatomy.models import read, read_channel

HTTP = {
    "httpAddressWithoutQuery": "https://erp.example.com/api",
    "httpAddressQuery": "key=secret",
    "authenticationMethod": "Basic",
    "credentialName": "ERP_USER",
    "proxyType": "sapcc",
    "locationID": "north",
}


def test_channel_has_adapter_address_and_security() -> None:
    channel = read_channel("HTTP", "Receiver", HTTP)

    assert channel.id == "M1"
    assert (channel.adapter, channel.version) == ("HTTP", "1.2.0")
    assert channel.direction is Direction.RECEIVER
    assert channel.participant == "Partner"
    assert (channel.address, channel.address_kind) == ("https://erp.example.com/api", "literal")
    assert (channel.authentication, channel.aliases) == ("Basic", ("ERP_USER",))
    assert (channel.proxy, channel.location) == ("sapcc", "north")
    assert not channel.externalized
    assert "secret" not in repr(channel)


def test_participants_have_roles_and_the_process_is_none() -> None:
    model = read(
        [ChannelSpec("HTTPS", "Sender", participant="SHOP"), ChannelSpec("HTTP", "Receiver")]
    )

    assert model.participants == (
        Participant("P1", "sender", "SHOP"),
        Participant("P2", "receiver", "Partner"),
    )


@pytest.mark.parametrize(
    ("adapter", "direction", "key"),
    [
        (adapter, direction, key)
        for direction, rows in ADAPTERS.items()
        for adapter, keys in rows.items()
        for key in keys.address
    ],
)
def test_address_of_each_adapter_is_found(adapter: str, direction: str, key: str) -> None:
    channel = read_channel(adapter, direction, {key: "host.example.com", "secret": "x"})

    assert (channel.address, channel.address_kind) == ("host.example.com", AddressKind.LITERAL)


def test_adapter_that_is_not_known_keeps_participant_and_aliases() -> None:
    properties = {"vendorCredential": "TOKEN", "credentialType": "oauth", "endpoint": "https://x"}

    channel = read_channel("Vendor:New", "Receiver", properties)

    assert (channel.adapter, channel.participant) == ("Vendor:New", "Partner")
    assert (channel.address, channel.address_kind) == ("", AddressKind.EMPTY)
    assert channel.aliases == ("TOKEN",)


def test_parameters_are_resolved_in_every_field() -> None:
    channel = read_channel(
        "SFTP",
        "Receiver",
        {
            "host": "{{Host name}}:{{port}}",
            "path": "/{{dir}}",
            "authentication": "{{auth}}",
            "credential_name": "{{user}}",
            "proxyType": "{{proxy}}",
        },
        "Host\\ name=sftp.example.com\nport=22\ndir=in\nauth=user_password\nuser=FTP\nproxy=none\n",
    )

    assert (channel.address, channel.resource) == ("sftp.example.com:22", "/in")
    assert (channel.authentication, channel.aliases, channel.proxy) == (
        "user_password",
        ("FTP",),
        "none",
    )
    assert channel.externalized


@pytest.mark.parametrize(
    ("address", "parameters", "kind"),
    [
        ("/orders", "", AddressKind.LITERAL),
        ("/x/${header.to}", "", AddressKind.DYNAMIC),
        ("{{path}}", "", AddressKind.UNRESOLVED),
        ("{{path}}", "path=\n", AddressKind.EMPTY),
        ("{{path}}", "path=/x/${property.y}\n", AddressKind.DYNAMIC),
        ("", "", AddressKind.EMPTY),
    ],
)
def test_address_is_of_one_of_four_kinds(address: str, parameters: str, kind: AddressKind) -> None:
    channel = read_channel("ProcessDirect", "Receiver", {"address": address}, parameters)

    assert channel.address_kind is kind


def test_only_a_sender_channel_into_a_start_event_starts_the_iflow() -> None:
    model = read(
        [
            ChannelSpec("HTTPS", "Sender", {"urlPath": "/in", "xsrfProtection": "0"}),
            ChannelSpec("SFTP", "Sender", {"host": "h"}, polled=True),
            ChannelSpec("HTTP", "Receiver", HTTP),
        ]
    )

    assert [channel.id for channel in model.triggers] == ["M1"]
    assert [channel.csrf_protection for channel in model.channels] == [False, None, None]


def test_process_direct_and_queues_have_addresses_in_both_directions() -> None:
    model = read(
        [
            ChannelSpec("ProcessDirect", "Sender", {"address": "/in"}),
            ChannelSpec("ProcessDirect", "Receiver", {"address": "/out?x"}),
            ChannelSpec("ProcessDirect", "Receiver", {"address": "/out?x"}),
            ChannelSpec("JMS", "Receiver", {"QueueName_outbound": "Q1"}),
            ChannelSpec("JMS", "Sender", {"QueueName_inbound": "{{q}}"}),
        ],
        "q=Q2",
    )

    assert model.addresses("ProcessDirect", Direction.SENDER) == ("/in",)
    assert model.addresses("ProcessDirect", Direction.RECEIVER) == ("/out?x",)
    assert model.addresses("JMS", Direction.SENDER) == ("Q2",)
    assert model.addresses("JMS", Direction.RECEIVER) == ("Q1",)


def test_timers_run_once_or_by_schedule_or_unknown() -> None:
    daily = cron("0 30 14 ? * MON *", "Europe/Berlin")
    rows = schedule_rows(daily).replace("=", "\\=")

    model = read(
        timers=[schedule_rows(RUN_ONCE), "{{Schedule}}", "{{Missing}}"],
        parameters=f"Schedule={rows}\n",
    )

    assert [timer.schedule for timer in model.timers] == [
        Schedule(run_once=True),
        Schedule(expressions=("0 30 14 ? * MON *",), time_zone="Europe/Berlin"),
        None,
    ]
    assert model.timers[0].name == "Timer 1"


def test_setting_of_a_schedule_is_no_expression() -> None:
    rows = {"dateType": "SIMPLE", "triggerType": "cron"}
    expression = "0+0/10+8-17+?+*+*+*"
    settings = "trigger.timeZone=Etc/GMT&amp;simple.repeat=NONE"

    model = read(timers=[schedule_rows({**rows, "schedule1": f"{expression}&amp;{settings}"})])

    assert model.timers[0].schedule == Schedule(
        expressions=("0 0/10 8-17 ? * * *",), time_zone="Etc/GMT"
    )


def test_polling_channel_has_a_schedule() -> None:
    schedule = schedule_rows(cron("0 0/5 * ? * * *"))

    channel = read_channel("SFTP", "Sender", {"host": "h", "scheduleKey": schedule})

    assert channel.schedule == Schedule(expressions=("0 0/5 * ? * * *",), time_zone="Etc/GMT")


def test_scripts_mappings_and_stores_are_listed_once() -> None:
    script = {"script": "a.groovy", "scriptFunction": "f", "scriptBundleId": "B"}
    store = {"operation": "put", "storageName": "S", "visibility": "global", "encrypt": "false"}

    model = read(
        steps=[
            StepSpec("Script", script),
            StepSpec("Script", script),
            StepSpec("Mapping", {"mappingType": "XSLTMapping", "mappinguri": "dir://x.xsl"}),
            StepSpec("DBstorage", store),
        ]
    )

    assert model.scripts == (Script("a.groovy", "f", "B"),)
    assert model.mappings == (Mapping("XSLTMapping", "dir://x.xsl"),)
    assert model.stores == (DataStore("put", "S", shared=True, encrypted=False),)


@pytest.mark.parametrize(
    ("length", "kept"),
    [
        (MAX_KEPT_TEXT, MAX_KEPT_TEXT),
        (MAX_KEPT_TEXT + 1, MAX_KEPT_TEXT),
        (MAX_VALUE, MAX_KEPT_TEXT),
        (MAX_VALUE + 1, 0),
    ],
)
def test_long_address_is_cut_and_a_longer_one_ignored(length: int, kept: int) -> None:
    channel = read_channel("ProcessDirect", "Receiver", {"address": "x" * length})

    assert len(channel.address) == kept


def test_property_with_a_long_name_is_ignored() -> None:
    alias = "Alias".rjust(MAX_KEPT_TEXT, "x")

    assert read_channel("Vendor:New", "Receiver", {alias: "A"}).aliases == ("A",)
    assert read_channel("Vendor:New", "Receiver", {f"x{alias}": "A"}).aliases == ()


def test_too_many_channels_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_CHANNELS", 2)

    assert len(read([ChannelSpec("HTTP", "Receiver")] * 2).channels) == 2
    with pytest.raises(UnreadableModel, match="too large: a model of more than 2 channels"):
        read([ChannelSpec("HTTP", "Receiver")] * 3)


def test_channel_without_adapter_or_participant_is_named_by_what_it_has() -> None:
    spec = ChannelSpec("HTTP", "Receiver", {"ComponentType": "", "system": "ERP"})
    document = model_document([spec]).replace(b"EndpointRecevier", b"IntegrationProcess")

    (channel,) = read_model(io.BytesIO(model_zip(document))).channels

    assert (channel.adapter, channel.participant) == ("HTTP", "ERP")


def test_unknown_adapter_has_the_keys_that_others_have_in_common() -> None:
    sender = read_channel("ODataSender", "Sender", {"senderAuthType": "RoleBased"})
    receiver = read_channel("RabbitMQ", "Receiver", {"securityMaterial": "RABBIT"})

    assert sender.authentication == "RoleBased"
    assert receiver.aliases == ("RABBIT",)
