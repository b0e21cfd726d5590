"""The columns of a row that the models of a tenant determine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from iflow_census.scan.anatomy.adapters import DATA_STORE, PROCESS_DIRECT
from iflow_census.scan.anatomy.connections import find_checks
from iflow_census.scan.anatomy.links import IflowLinks, TenantLinks, find_links
from iflow_census.scan.anatomy.model import Direction, IflowModel
from iflow_census.scan.anatomy.wording import describe_channel, describe_timer, describe_unread
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import IflowRow

NO_DESIGN = "no design-time artifact"
VERSION_DIFFERS = "deployed version differs"

_MAX_NAMES = 5
"""Names in a sentence; the others are counted."""


def add_models(
    rows: Sequence[IflowRow], models: Mapping[str, Reading[IflowModel]], now: datetime
) -> list[IflowRow]:
    """Return the rows of a tenant with the columns of the models.

    Args:
        rows: all rows of the tenant.
        models: the model of each iFlow with a design, or why it has none.
        now: the moment after which schedules start next.
    """
    known = {
        iflow_id: reading.value for iflow_id, reading in models.items() if reading.value is not None
    }
    links = find_links(known, {row.iflow_id: row.endpoints or () for row in rows})
    deployed = {row.iflow_id for row in rows if row.deployed}
    unread = len({row.iflow_id for row in rows} - set(known))

    def columns(row: IflowRow) -> IflowRow:
        reading = models.get(row.iflow_id) or Reading(reason=NO_DESIGN)
        model = reading.value
        own = links.of.get(row.iflow_id, IflowLinks())
        impact = _impact(model, own, links, deployed, unread) if row.deployed else None
        if model is None:
            return replace(
                row,
                model=False,
                model_reason=reading.reason,
                called_by=tuple(own.called_by),
                undeploy_impact=impact,
            )
        return replace(
            row,
            model=True,
            model_reason=_version_reason(row),
            triggers=_distinct(
                [
                    *(describe_channel(channel, now) for channel in model.triggers),
                    *(describe_timer(timer, now) for timer in model.timers),
                ]
            ),
            senders=_participants(model, Direction.SENDER),
            receivers=_participants(model, Direction.RECEIVER),
            adapters=tuple(sorted({channel.adapter for channel in model.channels} - {""})),
            calls=tuple(own.calls),
            called_by=tuple(own.called_by),
            may_be_called_by=tuple(own.may_be_called_by),
            undeploy_impact=impact,
            checks=_distinct(find_checks(row, model, own, unread)),
            dependencies=_distinct(_dependencies(model)),
        )

    return [columns(row) for row in rows]


def _version_reason(row: IflowRow) -> str | None:
    """Why the model may not be that of the deployed version; None if it is."""
    if row.version_drift:
        return VERSION_DIFFERS
    return "the deployed version may differ from the draft" if row.deployed and row.draft else None


def _participants(model: IflowModel, direction: Direction) -> tuple[str, ...]:
    channels = (channel for channel in model.channels if channel.direction is direction)
    return _distinct(channel.participant.strip() for channel in channels)


def _dependencies(model: IflowModel) -> Iterator[str]:
    """The artifacts and data stores that an iFlow shares with others."""
    for script in model.scripts:
        if script.collection:
            yield f"script collection {script.collection}"
    for mapping in model.mappings:
        if mapping.artifact:
            yield f"message mapping {mapping.artifact}"
    for store in model.stores:
        if store.shared and store.name:
            yield f"data store {store.name}"
    for name in model.addresses(DATA_STORE, Direction.SENDER):
        yield f"data store {name}"


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))


def _impact(
    model: IflowModel | None,
    own: IflowLinks,
    links: TenantLinks,
    deployed: set[str],
    unread: int,
) -> str | None:
    """What undeploying an iFlow would affect, as far as models show it."""
    running = [caller for caller in own.called_by if caller in deployed]
    idle = [caller for caller in own.called_by if caller not in deployed]
    possible = [caller for caller in own.may_be_called_by if caller in deployed]
    sentences = []
    if running:
        sentences.append(f"calls would fail: {_names(running)} (deployed)")
    if idle:
        sentences.append(f"called by {_names(idle)} (not deployed)")
    if possible:
        sentences.append(f"may be called by {_names(possible)}")
    for queue, producers in own.filled_by.items():
        sending = [producer for producer in producers if producer in deployed]
        if sending:
            sentences.append(f"queue {queue} would fill: {_names(sending)} sends to it")
    for store, writers in own.stored_by.items():
        writing = [writer for writer in writers if writer in deployed]
        if writing:
            sentences.append(
                f"data store {store} would not be read: {_names(writing)} (deployed) writes to it"
            )
    served = model and any(model.channels_of(PROCESS_DIRECT, Direction.SENDER))
    if served and not own.called_by:
        sentences.append(_no_caller(links, unread))
    return "; ".join(sentences) or None


def _no_caller(links: TenantLinks, unread: int) -> str:
    doubts = []
    if links.unknown_callers:
        doubts.append(f"{_names(links.unknown_callers)} may call it by an expression")
    if unread:
        doubts.append(describe_unread(unread))
    return f"no caller found, but {' and '.join(doubts)}" if doubts else "no caller"


def _names(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_MAX_NAMES])
    more = len(ids) - _MAX_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
