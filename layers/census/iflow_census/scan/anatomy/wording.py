"""Channels and schedules in words, for people."""

from iflow_census.scan.anatomy.adapters import ON_PREMISE_PROXIES
from iflow_census.scan.anatomy.model import Channel, Schedule, Timer


def describe_channel(channel: Channel) -> str:
    """Return adapter and address, such as "HTTPS /orders"."""
    words = [channel.adapter, channel.address or "(address unknown)"]
    if channel.schedule is not None:
        words.append(f"polled {describe_schedule(channel.schedule)}")
    return " ".join(words)


def describe_timer(timer: Timer) -> str:
    """Return when a timer starts its iFlow."""
    if timer.schedule is None:
        return "timer with an unknown schedule"
    return f"timer {describe_schedule(timer.schedule)}"


def describe_schedule(schedule: Schedule) -> str:
    """Return when a schedule starts."""
    words = ["once at deployment"] if schedule.run_once else []
    words += [f"at {expression}" for expression in schedule.expressions]
    text = " and ".join(words) or "never"
    return f"{text} ({schedule.time_zone})" if schedule.time_zone else text


def describe_security(channel: Channel) -> str:
    """Return authentication, proxy and aliases, separated by commas; "" if none is known."""
    words = [channel.authentication] if channel.authentication else []
    if channel.proxy in ON_PREMISE_PROXIES:
        location = f" {channel.location}" if channel.location else ""
        words.append(f"Cloud Connector{location}")
    if channel.aliases:
        words.append(f"aliases {', '.join(channel.aliases)}")
    return ", ".join(words)
