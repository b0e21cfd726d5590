"""What an LDIF and a processor configuration must hold.

Source: swagger, ``LeanIxDataInterchangeFormat``, ``OutboundInput``, ``ProcessorConfiguration``; SAP
Help, "LDIF": at most 500 characters in any value outside the content; unknown fields are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

LONGEST = 500
KEYS = (
    "connectorType",
    "connectorId",
    "connectorVersion",
    "processingDirection",
    "processingMode",
)
_PROCESSORS = {
    "inboundFactSheet": ("identifier", "type"),
    "inboundRelation": ("from", "to", "type"),
    "inboundDocument": ("identifier",),
    "inboundTag": (),
    "writeToLdif": (),
    "outboundFactSheet": (),
}

Key = tuple[str, ...]


def key_of(content: Mapping[str, Any]) -> Key:
    """Return the five keys; the mode is partial unless told otherwise."""
    return tuple(
        str(content.get(key) or ("partial" if key == "processingMode" else "")) for key in KEYS
    )


def faults_of_ldif(ldif: Any, workspace_id: str) -> list[str]:
    """Return what is wrong with an LDIF; nothing where it is right."""
    if not isinstance(ldif, dict):
        return ["The input is not a JSON object"]
    outbound = ldif.get("processingDirection") == "outbound"
    required = [*KEYS[:4], *([] if outbound else ["lxVersion"])]
    found = [f"{name} is missing" for name in required if not _text(ldif.get(name))]
    found += _choices(ldif)
    found += [
        f"{name} has more than {LONGEST} characters"
        for name, value in _texts({key: ldif[key] for key in ldif if key != "content"})
        if len(value) > LONGEST
    ]
    if ldif.get("lxWorkspace") not in (None, "", workspace_id):
        found.append("lxWorkspace is not this workspace")
    content = ldif.get("content", [])
    if not isinstance(content, list):
        return [*found, "content is not a list"]
    return found + [fault for index, item in enumerate(content) for fault in _item(index, item)]


def _choices(content: Mapping[str, Any]) -> list[str]:
    found = []
    direction = content.get("processingDirection")
    if _text(direction) and direction not in ("inbound", "outbound"):
        found.append(f"processingDirection {direction} is unknown")
    mode = content.get("processingMode", "partial")
    if mode not in ("partial", "full") or (mode == "full" and direction == "outbound"):
        found.append(f"processingMode {mode} is not possible")
    return found


def _item(index: int, item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"content[{index}] is not an object"
        return
    for name in ("id", "type"):
        if not _text(item.get(name)):
            yield f"content[{index}].{name} is missing"
    data = item.get("data")
    if not isinstance(data, dict):
        yield f"content[{index}].data is missing"
    elif not all(isinstance(value, str | list | dict) for value in data.values()):
        yield f"content[{index}].data is not a map of strings, lists and maps"


def faults_of_configuration(configuration: Any) -> list[str]:
    """Return what is wrong with a processor configuration."""
    if not isinstance(configuration, dict):
        return ["The configuration is not a JSON object"]
    found = [f"{name} is missing" for name in KEYS[:4] if not _text(configuration.get(name))]
    found += _choices(configuration)
    for index, processor in enumerate(configuration.get("processors", [])):
        kind = processor.get("processorType")
        if kind not in _PROCESSORS:
            found.append(f"processors[{index}] has the unknown type {kind}")
            continue
        found += [
            f"processors[{index}].{name} is missing"
            for name in _PROCESSORS[kind]
            if name not in processor
        ]
        if any(character in str(processor.get("processorName")) for character in "+*>="):
            found.append(f"processors[{index}].processorName has reserved characters")
        found += [
            f"{name} has more than {LONGEST} characters"
            for name, value in _texts(processor)
            if len(value) > LONGEST
        ]
    return found


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _texts(content: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, f"{place}.{key}" if place else key)
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _texts(value, f"{place}[{index}]")
