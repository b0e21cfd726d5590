"""The deployed artifacts that are not iFlows: value mappings, script collections and others."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iflow_census.scan.tenant_api import RuntimeArtifact


@dataclass(frozen=True, slots=True)
class ArtifactCount:
    """How many deployed artifacts have a type and a status, in SAP's words; None: SAP gave none."""

    type: str | None
    status: str | None
    count: int


def count_other_artifacts(artifacts: Iterable[RuntimeArtifact]) -> Sequence[ArtifactCount]:
    """Count the deployed artifacts that are not iFlows, sorted by type and status."""
    counts = Counter(
        (artifact.type, artifact.status) for artifact in artifacts if not artifact.is_iflow
    )
    return [
        ArtifactCount(kind, status, count)
        for (kind, status), count in sorted(
            counts.items(), key=lambda entry: (entry[0][0] or "", entry[0][1] or "")
        )
    ]
