"""Validates LDIFs and processor configurations.

Source: swagger, ``LeanIxDataInterchangeFormat``, ``OutboundInput``, ``ProcessorConfiguration``; SAP
Help, "LDIF": at most 500 characters in any value outside the content; unknown fields are ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_LENGTH = 500
KEYS = (
    "connectorType",
    "connectorId",
    "connectorVersion",
    "processingDirection",
    "processingMode",
)
_REQUIRED_FIELDS = {
    "inboundFactSheet": ("identifier", "type"),
    "inboundRelation": ("from", "to", "type"),
    "inboundDocument": ("identifier",),
    "inboundTag": (),
    "inboundMetrics": (),
    "writeToLdif": (),
    "outboundFactSheet": (),
}

Key = tuple[str, ...]


def connector_key(content: Mapping[str, Any]) -> Key:
    """Return the values of the five keys; the default mode is partial."""
    return tuple(
        str(content.get(key) or ("partial" if key == "processingMode" else "")) for key in KEYS
    )


def find_ldif_errors(ldif: Any, workspace_id: str) -> list[str]:
    """Return the errors in an LDIF; an empty list if it is valid."""
    if not isinstance(ldif, dict):
        return ["The input is not a JSON object"]
    outbound = ldif.get("processingDirection") == "outbound"
    required = [*KEYS[:4], *([] if outbound else ["lxVersion"])]
    errors = [f"{name} is missing" for name in required if not _is_text(ldif.get(name))]
    errors += _find_direction_errors(ldif)
    errors += [
        f"{name} has more than {MAX_LENGTH} characters"
        for name, value in _walk_texts({key: ldif[key] for key in ldif if key != "content"})
        if len(value) > MAX_LENGTH
    ]
    if ldif.get("lxWorkspace") not in (None, "", workspace_id):
        errors.append("lxWorkspace is not this workspace")
    content = ldif.get("content", [])
    if not isinstance(content, list):
        return [*errors, "content is not a list"]
    return errors + [
        error for index, item in enumerate(content) for error in _find_item_errors(index, item)
    ]


def _find_direction_errors(content: Mapping[str, Any]) -> list[str]:
    errors = []
    direction = content.get("processingDirection")
    if _is_text(direction) and direction not in ("inbound", "outbound"):
        errors.append(f"processingDirection {direction} is unknown")
    mode = content.get("processingMode", "partial")
    if mode not in ("partial", "full") or (mode == "full" and direction == "outbound"):
        errors.append(f"processingMode {mode} is not supported")
    return errors


def _find_item_errors(index: int, item: Any) -> Iterator[str]:
    if not isinstance(item, dict):
        yield f"content[{index}] is not an object"
        return
    for name in ("id", "type"):
        if not _is_text(item.get(name)):
            yield f"content[{index}].{name} is missing"
    data = item.get("data")
    if not isinstance(data, dict):
        yield f"content[{index}].data is missing"
    elif not all(isinstance(value, str | list | dict) for value in data.values()):
        yield f"content[{index}].data is not a map of strings, lists and maps"


def find_configuration_errors(configuration: Any) -> list[str]:
    """Return the errors in a processor configuration."""
    if not isinstance(configuration, dict):
        return ["The configuration is not a JSON object"]
    errors = [f"{name} is missing" for name in KEYS[:4] if not _is_text(configuration.get(name))]
    errors += _find_direction_errors(configuration)
    for index, processor in enumerate(configuration.get("processors", [])):
        processor_type = processor.get("processorType")
        if processor_type not in _REQUIRED_FIELDS:
            errors.append(f"processors[{index}] has the unknown type {processor_type}")
            continue
        errors += [
            f"processors[{index}].{name} is missing"
            for name in _REQUIRED_FIELDS[processor_type]
            if name not in processor
        ]
        if any(character in str(processor.get("processorName")) for character in "+*>="):
            errors.append(f"processors[{index}].processorName has reserved characters")
        errors += [
            f"{name} has more than {MAX_LENGTH} characters"
            for name, value in _walk_texts(processor)
            if len(value) > MAX_LENGTH
        ]
    return errors


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _walk_texts(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _walk_texts(value, f"{path}.{key}" if path else key)
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _walk_texts(value, f"{path}[{index}]")
