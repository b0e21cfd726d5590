"""Deployed artifacts that are not iFlows, counted by type and status."""

from iflow_census.scan.other_artifacts import ArtifactCount, count_other_artifacts
from iflow_census.scan.tenant_api import RuntimeArtifact


def test_artifacts_are_counted_by_type_and_status_without_iflows() -> None:
    kinds = [
        ("VALUE_MAPPING", "STARTED"),
        ("VALUE_MAPPING", "ERROR"),
        ("INTEGRATION_FLOW", "STARTED"),
        ("SCRIPT_COLLECTION", "STARTED"),
        ("VALUE_MAPPING", "STARTED"),
    ]
    artifacts = [
        RuntimeArtifact(f"{number}", kind, status=status)
        for number, (kind, status) in enumerate(kinds)
    ]

    assert count_other_artifacts(artifacts) == [
        ArtifactCount("SCRIPT_COLLECTION", "STARTED", 1),
        ArtifactCount("VALUE_MAPPING", "ERROR", 1),
        ArtifactCount("VALUE_MAPPING", "STARTED", 2),
    ]


def test_artifact_without_type_or_status_is_counted_first() -> None:
    artifacts = [RuntimeArtifact("a", "REST_API"), RuntimeArtifact("b", None, status="STARTED")]

    assert count_other_artifacts(artifacts) == [
        ArtifactCount(None, "STARTED", 1),
        ArtifactCount("REST_API", None, 1),
    ]


def test_tenant_with_only_iflows_has_no_other_artifacts() -> None:
    assert count_other_artifacts([RuntimeArtifact("a", "INTEGRATION_FLOW")]) == []
