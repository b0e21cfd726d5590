"""The command `iflow-census leanix check`."""

import json
from pathlib import Path

from tests.functional.leanix.conftest import Call, set_up
from tests.simulators.leanix import SimulatedWorkspace


def test_check_answers_each_question_and_changes_nothing(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    set_up(leanix)

    result = call("check", "prod")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) == 10
    assert all(line.startswith("- ") for line in lines)
    assert "without a configuration? the run is created and ends as FAILED" in lines[2]
    assert "HTTP 400" in lines[3]
    assert "a creation? an object with id" in lines[4]
    assert "created, deleted, unchanged, updated" in lines[6]
    assert leanix.inventory.active() == []
    assert all(run.test for run in leanix.runs.all())
    requests = {request.method for request in leanix.requests}
    assert requests == {"GET", "POST"}


def test_check_does_not_disclose_workspace_and_tenant(
    leanix: SimulatedWorkspace, call: Call
) -> None:
    set_up(leanix, None, "acme-prod")

    result = call("check", "acme-prod", "--json")

    assert len(json.loads(result.stdout)) == 10
    for secret in (leanix.id, "acme-prod", "127.0.0.1"):
        assert secret not in result.stdout


def test_check_needs_a_configuration(leanix: SimulatedWorkspace, call: Call) -> None:
    result = call("check", "prod")

    assert result.exit_code == 1
    assert "leanix setup" in result.stdout
    assert len(result.stdout.splitlines()) == 3
    assert len(leanix.runs.all()) == 1


def test_check_makes_no_dry_run_in_full_mode(
    leanix: SimulatedWorkspace, call: Call, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text('{"mode": "full", "tag_group": "SAP Cloud Integration"}')
    call("setup", "prod", "--settings", str(settings))

    result = call("check", "prod", "--settings", str(settings))

    assert "not asked in full mode" in result.stdout
    assert [run.configuration for run in leanix.runs.all()] == [None]


def test_check_ends_where_the_role_is_missing(leanix: SimulatedWorkspace, call: Call) -> None:
    leanix.role = "MEMBER"

    result = call("check", "prod")

    assert result.exit_code == 1
    assert "role Admin" in result.stdout
    assert len(result.stdout.splitlines()) == 1
