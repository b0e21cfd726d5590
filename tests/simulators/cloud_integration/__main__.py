"""Run a simulated tenant in a separate process.

The clock is stopped by default: with a running clock, logs expire during a scan, and counts may not
agree. The process prints one JSON line when the server is ready, and runs until standard input
closes or SIGTERM. In addition to SAP's API, without recording and without a token, it handles ``GET
/__simulator/stats``, ``POST /__simulator/reset`` and ``GET
/__simulator/expected-report?<from>&<to>`` (ISO 8601, encoded).
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from tests.simulators.cloud_integration.generator import generate_landscape
from tests.simulators.cloud_integration.roles import ALL_ROLES, CENSUS_ROLES
from tests.simulators.cloud_integration.server import SimulatedTenant


def running_clock(start: datetime) -> Callable[[], datetime]:
    """Return a running clock that starts at ``start``."""
    offset = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - offset)


def _parse_latency(text: str) -> float | tuple[float, float]:
    low, _, high = text.partition("-")
    return (float(low), float(high)) if high else float(low)


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.cloud_integration")
    parser.add_argument("--name", default="prod")
    parser.add_argument("--variant", help="same iFlows; other versions, deployments, messages")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--packages", type=int, default=60)
    parser.add_argument("--iflows-per-package", type=int, default=5)
    parser.add_argument("--empty-packages", type=int, default=0)
    parser.add_argument("--messages-per-iflow", type=int, default=30)
    parser.add_argument("--month", default="2026-10", help="YYYY-MM of the messages")
    parser.add_argument(
        "--plain", action="store_true", help="no special characters in ids and names"
    )
    parser.add_argument("--auth", default="oauth")
    parser.add_argument(
        "--latency", type=_parse_latency, default=0.0, help="seconds: 0.05 or 0.25-0.4"
    )
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--token-lifetime", type=int, default=43199)
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--retry-after", help="seconds, date or any text; default: no header")
    parser.add_argument("--now", help="ISO 8601, UTC; default 00:30 on the 1st after the month")
    parser.add_argument("--ticking", action="store_true", help="run the clock from --now")
    parser.add_argument("--retention-days", type=float, default=30, help="0 keeps all logs")
    parser.add_argument("--all-roles", action="store_true", help="a key with all roles")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server with the options of the command line."""
    options = _parse_arguments(arguments)
    year, month = (int(part) for part in options.month.split("-"))
    after_month = datetime(year + month // 12, month % 12 + 1, 1, 0, 30, tzinfo=UTC)
    start = datetime.fromisoformat(options.now).replace(tzinfo=UTC) if options.now else after_month
    landscape = generate_landscape(
        seed=options.seed,
        packages=options.packages,
        iflows_per_package=options.iflows_per_package,
        months=[(year, month)],
        messages_per_iflow=options.messages_per_iflow,
        empty_packages=options.empty_packages,
        awkward=not options.plain,
        variant=options.variant,
        name=options.name,
    )
    tenant = SimulatedTenant(
        landscape,
        clock=running_clock(start) if options.ticking else lambda: start,
        auth=options.auth,
        enforce_limits=not options.no_limits,
        retry_after=options.retry_after,
        latency=options.latency,
        token_lifetime=options.token_lifetime,
        page_size=options.page_size,
        roles=ALL_ROLES if options.all_roles else CENSUS_ROLES,
        retention=timedelta(days=options.retention_days) if options.retention_days else None,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tenant:
        ready = {
            "name": options.name,
            "url": tenant.url,
            "service_key": tenant.service_key(),
            "ca_file": None if tenant.ca_file is None else str(tenant.ca_file),
            "now": start.isoformat(),
        }
        # A collection that looks at all logs would stop every request for 0.3 seconds.
        gc.freeze()
        print(json.dumps(ready), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
