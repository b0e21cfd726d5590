"""Channels and schedules in words, for people."""

from datetime import datetime

from iflow_census.scan.anatomy.adapters import ON_PREMISE_PROXIES
from iflow_census.scan.anatomy.model import Channel, Schedule, Timer
from iflow_census.scan.anatomy.quartz import next_run


def describe_channel(channel: Channel, now: datetime | None = None) -> str:
    """Return adapter and address, such as "HTTPS /orders"; `now` as for `describe_schedule`."""
    words = [channel.adapter, channel.address or "(address unknown)"]
    if channel.schedule is not None:
        words.append(f"polled {describe_schedule(channel.schedule, now)}")
    return " ".join(words)


def describe_timer(timer: Timer, now: datetime | None = None) -> str:
    """Return when a timer starts its iFlow; `now` as for `describe_schedule`."""
    if timer.schedule is None:
        return "timer with an unknown schedule"
    return f"timer {describe_schedule(timer.schedule, now)}"


def describe_schedule(schedule: Schedule, now: datetime | None = None) -> str:
    """Return when a schedule starts.

    Args:
        schedule: the schedule.
        now: the moment after which the next time is calculated; None: it is omitted.
    """
    words = ["once at deployment"] if schedule.run_once else []
    words += [f"at {expression}" for expression in schedule.expressions]
    text = " and ".join(words) or "never"
    if schedule.time_zone:
        text = f"{text} ({schedule.time_zone})"
    return text if now is None else text + _describe_next(schedule, now)


def _describe_next(schedule: Schedule, now: datetime) -> str:
    if not schedule.expressions:
        return ""
    try:
        runs = [
            next_run(expression, schedule.time_zone, now) for expression in schedule.expressions
        ]
    except ValueError:
        return ""
    known = [run for run in runs if run is not None]
    return f", next {min(known):%Y-%m-%d %H:%M} UTC" if known else ", not again"


def describe_unread(number: int) -> str:
    """Return how many iFlows have no readable model, such as "2 iFlows have no readable model"."""
    return f"{number} {'iFlow has' if number == 1 else 'iFlows have'} no readable model"


def describe_security(channel: Channel) -> str:
    """Return authentication, proxy and aliases, separated by commas; "" if none is known."""
    words = [channel.authentication] if channel.authentication else []
    if channel.proxy in ON_PREMISE_PROXIES:
        location = f" {channel.location}" if channel.location else ""
        words.append(f"Cloud Connector{location}")
    if channel.aliases:
        words.append(f"aliases {', '.join(channel.aliases)}")
    return ", ".join(words)
