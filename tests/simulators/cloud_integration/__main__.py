"""A simulated tenant in a process of its own.

Its clock stands still unless told to tick: with a moving one, logs pass out of retention while a
scan counts them, and no two counts need agree.
Prints one JSON line when it serves, then serves until standard input closes or SIGTERM comes.
Beside SAP's API it answers, unrecorded and without a token: ``GET /__simulator/stats``,
``POST /__simulator/reset`` and ``GET /__simulator/truth?<from>&<to>`` (ISO 8601, encoded).
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tests.simulators.cloud_integration.generator import generate_landscape
from tests.simulators.cloud_integration.roles import ALL_ROLES, CENSUS_ROLES
from tests.simulators.cloud_integration.server import SimulatedTenant


def clock_from(start: datetime) -> Callable[[], datetime]:
    """Return a clock that shows ``start`` now and ticks on from there."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


def _latency(text: str) -> float | tuple[float, float]:
    low, _, high = text.partition("-")
    return (float(low), float(high)) if high else float(low)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.cloud_integration")
    parser.add_argument("--name", default="prod")
    parser.add_argument("--variant", help="same iFlows, other versions, deployments, messages")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--packages", type=int, default=60)
    parser.add_argument("--iflows-per-package", type=int, default=5)
    parser.add_argument("--empty-packages", type=int, default=0)
    parser.add_argument("--messages-per-iflow", type=int, default=30)
    parser.add_argument("--month", default="2026-10", help="YYYY-MM of the messages")
    parser.add_argument("--plain", action="store_true", help="no awkward ids and names")
    parser.add_argument("--auth", default="oauth")
    parser.add_argument("--latency", type=_latency, default=0.0, help="seconds: 0.05 or 0.25-0.4")
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--token-lifetime", type=int, default=43199)
    parser.add_argument("--no-limits", action="store_true", help="never answer 429 on its own")
    parser.add_argument("--retry-after", help="seconds, date or any text; default: no header")
    parser.add_argument("--now", help="ISO 8601, UTC; default 00:30 on the 1st after the month")
    parser.add_argument("--ticking", action="store_true", help="let the clock run on from --now")
    parser.add_argument("--retention-days", type=float, default=30, help="0 keeps all logs")
    parser.add_argument("--all-roles", action="store_true", help="a key for the whole API")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve as the command line says."""
    given = _arguments(arguments)
    year, month = (int(part) for part in given.month.split("-"))
    after = datetime(year + month // 12, month % 12 + 1, 1, 0, 30, tzinfo=UTC)
    start = datetime.fromisoformat(given.now).replace(tzinfo=UTC) if given.now else after
    landscape = generate_landscape(
        seed=given.seed,
        packages=given.packages,
        iflows_per_package=given.iflows_per_package,
        months=[(year, month)],
        messages_per_iflow=given.messages_per_iflow,
        empty_packages=given.empty_packages,
        awkward=not given.plain,
        variant=given.variant,
        name=given.name,
    )
    tenant = SimulatedTenant(
        landscape,
        clock=clock_from(start) if given.ticking else lambda: start,
        auth=given.auth,
        enforce_limits=not given.no_limits,
        retry_after=given.retry_after,
        latency=given.latency,
        token_lifetime=given.token_lifetime,
        page_size=given.page_size,
        roles=ALL_ROLES if given.all_roles else CENSUS_ROLES,
        retention=timedelta(days=given.retention_days) if given.retention_days else None,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tenant:
        ready = {
            "name": given.name,
            "url": tenant.url,
            "service_key": tenant.service_key(),
            "ca_file": None if tenant.ca_file is None else str(tenant.ca_file),
            "now": start.isoformat(),
        }
        print(json.dumps(ready), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
