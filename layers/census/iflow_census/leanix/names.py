"""The names of fact sheets, which are unique in a workspace.

Source: LeanIX docs, "Creating fact sheets": the full name of a fact sheet must be unique. SAP keeps
only the ids of iFlows apart.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iflow_census.scan.results import IflowRow


@dataclass(frozen=True, slots=True)
class FactSheetName:
    """The name of an iFlow's fact sheet.

    Attributes:
        name: unique among the iFlows of the tenant.
        alternatives: longer names, for the case that a fact sheet of somebody else has the name.
        original: the name in SAP, if another iFlow of the tenant has the same one; else None.
    """

    name: str
    alternatives: Sequence[str]
    original: str | None = None


def choose_names(iflows: Sequence[IflowRow], prefix: str) -> Mapping[str, FactSheetName]:
    """Choose the names, by iFlow id: the package, then the id is added only where needed.

    The choice depends on the iFlows only, not on their order, so that it is the same each month.
    """
    candidates = {row.iflow_id: _candidates(row, prefix) for row in iflows}
    levels = dict.fromkeys(candidates, 0)
    while True:
        chosen = {iflow_id: candidates[iflow_id][level] for iflow_id, level in levels.items()}
        uses = Counter(map(_normalize, chosen.values()))
        ambiguous = [
            iflow_id
            for iflow_id, name in chosen.items()
            if uses[_normalize(name)] > 1 and levels[iflow_id] < _MAX_LEVEL
        ]
        if not ambiguous:
            break
        for iflow_id in ambiguous:
            levels[iflow_id] += 1
    return {
        iflow_id: FactSheetName(
            names[levels[iflow_id]],
            names[levels[iflow_id] + 1 :],
            names[0] if levels[iflow_id] else None,
        )
        for iflow_id, names in candidates.items()
    }


_MAX_LEVEL = 2
"""The last candidate has the tenant, which does not distinguish the iFlows of one."""


def _candidates(row: IflowRow, prefix: str) -> Sequence[str]:
    name = f"{prefix}{row.iflow_name or row.iflow_id}"
    package = row.package_name or row.package_id
    with_id = [package, row.iflow_id] if package else [row.iflow_id]
    return [
        name,
        f"{name} ({package or row.iflow_id})",
        f"{name} ({', '.join(with_id)})",
        f"{name} ({', '.join([*with_id, row.tenant])})",
    ]


def _normalize(name: str) -> str:
    """It is not documented which differences LeanIX ignores."""
    return " ".join(name.casefold().split())
