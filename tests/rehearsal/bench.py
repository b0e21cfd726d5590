"""`make bench`: this client, the original algorithm and the floor that SAP's limits set.

Each scenario is one simulated tenant in a process of its own, which enforces SAP's published limits
with 429 and tells the truth that the report is held against. Nothing here is asserted: machines are
noisy; ratios and numbers of requests are what to read.
"""

import argparse
import compileall
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from rich.console import Console
from rich.table import Table

MONTH, START, END = "2026-02", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"
"""A month of 28 days: the census on the 1st of March finds all of its logs."""

LIMITS = {"design-time": 10, "runtime": 50, "message-logs": 100}
"""Requests per second and user (SAP Help, "Rate Limits on SAP Cloud Integration")."""
MANY = 100
"""Messages of an iFlow that a scenario's title mentions."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Scenario:
    """A simulated tenant; `latency` in seconds; `original` whether the old algorithm is run too."""

    packages: int
    iflows: int
    latency: str
    original: bool
    messages_per_iflow: int = 30

    @property
    def title(self) -> str:
        """Packages by iFlows, how long an answer takes, and messages if they are many."""
        many = f", {self.messages_per_iflow} messages" if self.messages_per_iflow > MANY else ""
        return f"{self.packages} x {self.iflows}, {self.latency} s{many}"


def scenarios(*, everything: bool) -> list[Scenario]:
    """What is measured; the original takes 20 minutes on the third one, so only if asked for.

    The second one has too many messages to read all logs, so they are counted for each iFlow.
    """
    return [
        Scenario(60, 5, "0.05", original=True),
        Scenario(60, 5, "0.05", original=False, messages_per_iflow=300),
        Scenario(200, 10, "0.25-0.4", original=everything),
        Scenario(200, 50, "0.05", original=False, messages_per_iflow=20),
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=")
    parser.add_argument("--everything", action="store_true", help="run the original everywhere")
    parser.add_argument("--models", action="store_true", help="measure only reading of models")
    parser.add_argument("--publish", action="store_true", help="measure publishing instead")
    parser.add_argument(
        "--size",
        help="of --publish: tenants x iFlows x earlier months (1000x300x12); "
        "of models: packages x iFlows (60x5)",
    )
    arguments = parser.parse_args()
    console = Console(highlight=False, width=120)
    if arguments.publish:
        _publish(console, *(arguments.size or "1000x300x12").split("x"))
        return
    if arguments.models:
        _models(console, *map(int, (arguments.size or "60x5").split("x")))
        return
    table = Table("tenant", "client", "seconds", "x floor", "requests", "429", "peak MB", "totals")
    for scenario in scenarios(everything=arguments.everything):
        console.print(f"{scenario.title} ...")
        floor, cells = _census(scenario)
        table.add_row(scenario.title, "floor", f"{floor:.1f}", "1.00", "", "", "", "")
        table.add_row("", "iflow-census", *cells)
        if scenario.original:
            table.add_row("", "original", *_original(scenario, floor))
    console.print(table)
    _models(console, 60, 5)
    console.print(f"import of the handler: {_import_ratio():.2f} x the import of boto3 alone")


def _publish(console: Console, tenants: str, iflows: str, months: str) -> None:
    """Measure how the results of many tenants are published in all formats."""
    with tempfile.TemporaryDirectory() as folder:
        console.print(f"{tenants} tenants x {iflows} iFlows, {months} earlier months ...")
        module = "tests.rehearsal.bench_publish"
        _start(module, "prepare", folder, tenants, iflows, months)
        measured = _run(module, "publish", folder, tenants)
    table = Table("figure", "value")
    for name in ("seconds", "cpu_seconds", "peak_mb", "reads", "writes"):
        table.add_row(name, f"{measured[name]:.0f}")
    for name, size in measured["bytes"].items():
        table.add_row(f"MB of {name}", f"{size / 2**20:.1f}")
    console.print(table)


def _models(console: Console, packages: int, iflows: int) -> None:
    """Measure what models add: nothing where they are off, all of them, a tenth of them."""
    scenario = Scenario(packages, iflows, "0.05", original=False)
    console.print(f"{scenario.title}, models ...")
    table = Table("models", "seconds", "requests", "429", "MB read", "peak MB", "models read")
    with _tenant(scenario) as tenant, tempfile.TemporaryDirectory() as out:
        arguments = (json.dumps(tenant["service_key"]), MONTH, tenant["now"])
        for run, title in (("", "off"), ("first", "first reading"), ("next", "10 % changed")):
            # A folder of its own, so that each run counts the same messages.
            folder = Path(out) / (run or "off")
            if run == "next":
                _copy_models(Path(out) / "first", folder)
            _post(f"{tenant['url']}/__simulator/reset")
            measured = _run("tests.rehearsal.bench_census", *arguments, str(folder), run)
            stats = _ask(f"{tenant['url']}/__simulator/stats")
            table.add_row(
                title,
                f"{measured['seconds']:.1f}",
                str(stats["requests"]),
                str(stats["answered_429"]),
                f"{stats['bytes'] / 2**20:.2f}",
                f"{measured['peak_mb']:.0f}",
                str(measured["models"]),
            )
    console.print(table)


def _copy_models(source: Path, target: Path) -> None:
    """Copy nine of ten models, so that one is read again as if the iFlow had been changed."""
    (file,) = source.rglob("models/*.jsonl.gz")
    header, *lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    # A list has the names that the models after it were searched for.
    kept = [line for number, line in enumerate(lines) if number % 10 or line.startswith(b"[")]
    copy = target / file.relative_to(source)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(gzip.compress(b"".join([header, *kept])))


@contextmanager
def _tenant(scenario: Scenario) -> Iterator[Mapping[str, Any]]:
    options = {
        "--packages": scenario.packages,
        "--iflows-per-package": scenario.iflows,
        "--messages-per-iflow": scenario.messages_per_iflow,
        "--latency": scenario.latency,
        "--month": MONTH,
    }
    words = [str(word) for option in options.items() for word in option]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.cloud_integration", *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        ready: Mapping[str, Any] = json.loads(process.stdout.readline())
        yield ready
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=30)


def _ask(url: str) -> Any:
    with urlopen(Request(url)) as answer:  # noqa: S310 - the simulator on loopback
        return json.load(answer)


def _post(url: str) -> None:
    with urlopen(Request(url, method="POST")):  # noqa: S310 - the simulator on loopback
        pass


def _floor(scenario: Scenario, stats: Mapping[str, Any]) -> float:
    """Seconds that the calls of the busiest API family take at its limit.

    Of the design-time calls only those that no client can do without are counted: the list of
    packages, and one for the iFlows of each.
    """
    calls: dict[str, int] = {**stats["by_family"], "design-time": scenario.packages + 1}
    return max(calls.get(family, 0) / limit for family, limit in LIMITS.items())


def _census(scenario: Scenario) -> tuple[float, list[str]]:
    with _tenant(scenario) as tenant, tempfile.TemporaryDirectory() as out:
        key = json.dumps(tenant["service_key"])
        measured = _run("tests.rehearsal.bench_census", key, MONTH, tenant["now"], out)
        report = json.loads(
            (Path(out) / f"reports/period={MONTH}/report.json").read_text(encoding="utf-8")
        )
        stats = _ask(f"{tenant['url']}/__simulator/stats")
        truth = _ask(f"{tenant['url']}/__simulator/expected-report?{START}&{END}")
    right = report["tenants"][0]["totals"] == truth["totals"] and _rows(report) == _rows(truth)
    floor = _floor(scenario, stats)
    verdict = "right" if right else "WRONG"
    return floor, _cells(floor, measured, stats, verdict, measured["peak_mb"])


def _rows(report: Mapping[str, Any]) -> list[Any]:
    columns = ("iflow_id", "deployed", "edit_status", "messages", "messages_failed", "usage")
    return [[row[column] for column in columns] for row in report["iflows"]]


def _original(scenario: Scenario, floor: float) -> list[str]:
    with _tenant(scenario) as tenant:
        key = json.dumps(tenant["service_key"])
        began = time.monotonic()
        found = _run(
            "tests.rehearsal.original_algorithm", key, START.rstrip("Z"), "2026-02-28T23:59:59"
        )
        found["seconds"] = time.monotonic() - began
        stats = _ask(f"{tenant['url']}/__simulator/stats")
        truth = _ask(f"{tenant['url']}/__simulator/expected-report?{START}&{END}")
    known = truth["totals"]["messages"] - truth["totals"]["messages_unattributed"]
    return _cells(floor, found, stats, f"{found['messages']} of {known} messages", None)


def _cells(
    floor: float,
    measured: Mapping[str, Any],
    stats: Mapping[str, Any],
    totals: str,
    peak: float | None,
) -> list[str]:
    return [
        f"{measured['seconds']:.1f}",
        f"{measured['seconds'] / floor:.2f}",
        str(stats["requests"]),
        str(stats["answered_429"]),
        "" if peak is None else f"{peak:.0f}",
        totals,
    ]


def _run(module: str, *arguments: str) -> dict[str, Any]:
    found = json.loads(_start(module, *arguments).splitlines()[-1])
    assert isinstance(found, dict)
    return found


def _start(module: str, *arguments: str) -> str:
    """Run a module in a process of its own, and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        # As template.yaml sets them.
        env={**os.environ, "MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "65536"},
    )
    return done.stdout


def _import_ratio() -> float:
    """The middle of seven ratios, each of two fresh processes that run one after the other.

    All modules are compiled, as they are in the layer and in Lambda's runtime.
    """
    compileall.compile_dir(ROOT / "layers" / "census" / "iflow_census", quiet=1)
    ratios = []
    for _ in range(7):
        nothing, boto3, handler = (_import_seconds(module) for module in ("sys", "boto3", "app"))
        ratios.append((handler - nothing) / (boto3 - nothing))
    return sorted(ratios)[len(ratios) // 2]


def _import_seconds(module: str) -> float:
    began = time.monotonic()
    folder = ROOT / "functions" / "census"
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=folder, check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
