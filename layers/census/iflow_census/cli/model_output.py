"""Output of an iFlow's model: a tree for people, JSON for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text
from rich.tree import Tree

from iflow_census.cli.tenant_admin.output import print_json, print_rendered
from iflow_census.errors import one_line
from iflow_census.scan.anatomy.adapters import JMS, PROCESS_DIRECT
from iflow_census.scan.anatomy.model import Channel, Direction, IflowModel
from iflow_census.scan.anatomy.wording import describe_channel, describe_security, describe_timer

CHANNEL_FIELDS = (
    "id",
    "direction",
    "adapter",
    "version",
    "participant",
    "address",
    "address_kind",
    "externalized",
    "authentication",
    "proxy",
    "aliases",
)
DETAIL_FIELDS = ("id", "resource", "location", "starts", "csrf_protection", "schedule")
"""What few adapters have."""


def print_model(model: IflowModel, title: str, *, json_result: bool) -> None:
    """Print a model on standard output."""
    if json_result:
        print_json(model_document(model))
        return
    print_rendered(lambda console: console.print(_tree(model, title)))


def model_document(model: IflowModel) -> Mapping[str, Any]:
    """Return a model for JSON, with ids and words as the model has them."""
    return {
        "participants": [
            {"role": participant.role, "name": participant.name}
            for participant in model.participants
        ],
        "channels": [_fields(channel, CHANNEL_FIELDS) for channel in model.channels],
        "triggers": [
            {
                "id": channel.id,
                "adapter": channel.adapter,
                "participant": channel.participant,
                "address": channel.address,
                "address_kind": channel.address_kind,
            }
            for channel in model.triggers
        ],
        "timers": [asdict(timer) for timer in model.timers],
        "process_direct": _in_and_out(model, PROCESS_DIRECT),
        "jms": _in_and_out(model, JMS),
        "scripts": [asdict(script) for script in model.scripts],
        "mappings": [asdict(mapping) for mapping in model.mappings],
        "data_stores": [asdict(store) for store in model.stores],
        "aliases": model.aliases,
        "channel_details": [_fields(channel, DETAIL_FIELDS) for channel in model.channels],
    }


def _fields(channel: Channel, names: Sequence[str]) -> Mapping[str, Any]:
    values = asdict(channel)
    return {name: values[name] for name in names}


def _in_and_out(model: IflowModel, adapter: str) -> Mapping[str, tuple[str, ...]]:
    return {
        "in": model.addresses(adapter, Direction.SENDER),
        "out": model.addresses(adapter, Direction.RECEIVER),
    }


def _tree(model: IflowModel, title: str) -> Tree:
    tree = Tree(Text(one_line(title)))
    triggers = [_line(channel, "from") for channel in model.triggers]
    _add(tree, "Started by", triggers + [describe_timer(timer) for timer in model.timers])
    senders = [channel for channel in model.channels if not _is_receiver(channel)]
    _add(tree, "Polled by steps", [_line(c, "from") for c in senders if not c.starts])
    _add(tree, "Sends to", [_line(c, "to") for c in model.channels if _is_receiver(c)])
    _add(
        tree,
        "Scripts",
        [
            f"{script.file} of {script.collection}" if script.collection else script.file
            for script in model.scripts
        ],
    )
    _add(tree, "Mappings", [f"{mapping.kind} {mapping.uri}" for mapping in model.mappings])
    _add(
        tree,
        "Data stores",
        [
            f"{store.operation} {store.name} ({'shared' if store.shared else 'own'})"
            for store in model.stores
        ],
    )
    return tree


def _is_receiver(channel: Channel) -> bool:
    return channel.direction is not Direction.SENDER


def _line(channel: Channel, preposition: str) -> str:
    line = f"{describe_channel(channel)} {preposition} {channel.participant or '(no name)'}"
    security = describe_security(channel)
    return f"{line} ({security})" if security else line


def _add(tree: Tree, title: str, lines: Iterable[str]) -> None:
    texts = [Text(one_line(line)) for line in dict.fromkeys(lines)]
    if texts:
        branch = tree.add(title)
        for text in texts:
            branch.add(text)
