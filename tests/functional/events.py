"""The events in events/: the files with which users invoke the Lambda."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"


def event(name: str) -> dict[str, Any]:
    """An event by its file's name."""
    content = json.loads((EVENTS / name).read_text())
    assert isinstance(content, dict)
    return content


SCHEDULE = event("schedule.json")
CHECKPOINT = {**event("checkpoint.json"), "scheduled_time": "2026-10-16T00:30:00Z"}
