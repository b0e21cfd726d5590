"""Models of iFlows as SAP writes them, reduced to what connects an iFlow.

Source: the structure of published iFlows; none is copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from tests.simulators.cloud_integration.archives import make_zip

MODEL_PATH = "src/main/resources/scenarioflows/integrationflow/{name}.iflw"
PARAMETERS_PATH = "src/main/resources/parameters.prop"
SCRIPT_PATH = "src/main/resources/script/{name}"

RUN_ONCE = {"triggerType": "simple", "noOfSchedules": "1", "schedule1": "fireNow=true"}


@dataclass(frozen=True)
class ChannelSpec:
    """A channel; a sender channel goes into a start event unless ``polled`` by a step."""

    adapter: str
    direction: str
    properties: Mapping[str, str] = field(default_factory=dict)
    participant: str = "Partner"
    polled: bool = False


@dataclass(frozen=True)
class StepSpec:
    """A step that is not a channel's."""

    activity: str
    properties: Mapping[str, str]


def cron(fields: str, time_zone: str = "Etc/GMT") -> dict[str, str]:
    """Return the rows of a daily schedule: SAP writes the ampersand as an entity in the text."""
    expression = fields.replace(" ", "+")
    return {
        "dateType": "DAILY",
        "triggerType": "cron",
        "schedule1": f"{expression}&amp;trigger.timeZone={time_zone}",
    }


def schedule_rows(rows: Mapping[str, str]) -> str:
    """Return the text of ``scheduleKey``."""
    cells = (f"<row><cell>{key}</cell><cell>{value}</cell></row>" for key, value in rows.items())
    return "".join(cells)


def model_document(
    channels: Sequence[ChannelSpec] = (),
    *,
    timers: Sequence[str] = (),
    steps: Sequence[StepSpec] = (),
) -> bytes:
    """Return a model; ``timers`` are values of ``scheduleKey``."""
    participants, flows, nodes = [], [], []
    for number, channel in enumerate(channels, start=1):
        is_sender = channel.direction == "Sender"
        kind = "EndpointSender" if is_sender else "EndpointRecevier"
        name = quoteattr(channel.participant)
        participants.append(f'<b:participant id="P{number}" ifl:type="{kind}" name={name}/>')
        node = "startEvent" if is_sender and not channel.polled else "serviceTask"
        own = _extension({"componentVersion": "1.0"})
        nodes.append(f'<b:{node} id="N{number}">{own}</b:{node}>')
        ends = (f"P{number}", f"N{number}") if is_sender else (f"N{number}", f"P{number}")
        properties = {
            "ComponentType": channel.adapter,
            "direction": channel.direction,
            "cmdVariantUri": f"ctype::AdapterVariant/cname::sap:{channel.adapter}/version::1.2.0",
            **channel.properties,
        }
        flows.append(
            f'<b:messageFlow id="M{number}" name="{channel.adapter}" sourceRef="{ends[0]}" '
            f'targetRef="{ends[1]}">{_extension(properties)}</b:messageFlow>'
        )
    for number, schedule in enumerate(timers, start=1):
        own = _extension({"scheduleKey": schedule, "activityType": "StartTimerEvent"})
        nodes.append(
            f'<b:startEvent id="T{number}" name="Timer {number}"><b:timerEventDefinition>{own}'
            "</b:timerEventDefinition></b:startEvent>"
        )
    for number, step in enumerate(steps, start=1):
        own = _extension({"activityType": step.activity, **step.properties})
        nodes.append(f'<b:callActivity id="S{number}">{own}</b:callActivity>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd"><b:collaboration id="C">'
        '<b:participant id="Main" ifl:type="IntegrationProcess" name="Main" processRef="X"/>'
        f"{''.join(participants)}{''.join(flows)}</b:collaboration>"
        f'<b:process id="X">{"".join(nodes)}</b:process></b:definitions>'
    ).encode()


def _extension(properties: Mapping[str, str]) -> str:
    rows = (
        f"<ifl:property><key>{escape(key)}</key><value>{escape(value)}</value></ifl:property>"
        for key, value in properties.items()
    )
    return f"<b:extensionElements>{''.join(rows)}</b:extensionElements>"


def model_zip(
    document: bytes, parameters: str = "", scripts: Mapping[str, str] | None = None
) -> bytes:
    """Return the zip file of an iFlow; ``scripts`` by file name."""
    files = {MODEL_PATH.format(name="flow"): document}
    if parameters:
        files[PARAMETERS_PATH] = parameters.encode()
    for name, script in (scripts or {}).items():
        files[SCRIPT_PATH.format(name=name)] = script.encode()
    return make_zip(files)


EXAMPLE_MODEL = model_document(
    [
        ChannelSpec(
            "HTTPS",
            "Sender",
            {"urlPath": "/orders/in", "senderAuthType": "RoleBased", "xsrfProtection": "1"},
            "SHOP",
        ),
        ChannelSpec(
            "HTTP",
            "Receiver",
            {
                "httpAddressWithoutQuery": "{{Receiver host}}",
                "authenticationMethod": "Basic",
                "credentialName": "{{Password alias}}",
                "proxyType": "default",
            },
            "ERP",
        ),
    ],
    steps=[StepSpec("Script", {"script": "first step.groovy", "subActivityType": "GroovyScript"})],
)
"""The model of an iFlow whose content nobody has described."""
