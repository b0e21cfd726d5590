"""Reading the owners of packages from their custom tags: an extra, which never fails a scan.

SAP lists custom tags per package only. Whether a changed tag changes the date of its package is not
documented, so the tags of earlier scans are not trusted, and each scan reads all of them.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from iflow_census.clock import Deadline
from iflow_census.scan.bounded_reads import BoundedReads
from iflow_census.scan.design_time import DesignTime
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.readings import Reading
from iflow_census.scan.results import Unreadable

STAGE = "custom tags"
NOT_READ = "the time for this run was used up"

CustomTags = Mapping[str, str]
"""The values of a package's custom tags by name; "" without a value."""


@dataclass(frozen=True, slots=True)
class OwnerReading:
    """How to read owners.

    Attributes:
        tag: the name of the custom tag that has the owner.
        read: reads the custom tags of a package within a number of seconds; raises nothing but
            `DeadlineExceeded`.
        start_budget: returns the deadline for all packages of this scan, which starts when it is
            called.
    """

    tag: str
    read: Callable[[str, float], Reading[CustomTags]]
    start_budget: Callable[[], Deadline]


@dataclass(frozen=True, slots=True)
class PackageOwners:
    """The owners of packages.

    Attributes:
        by_package: by the id of the package, without packages that have none.
        unreadable: why others may have one.
    """

    by_package: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()


class OwnerScan:
    """Reads the owners of the packages that have iFlows; the requests start at once.

    Args:
        reading: how.
        executor: runs the requests in parallel.
        design_time: the packages.
        deployed: the ids of deployed iFlows, whose packages are read first.
    """

    def __init__(
        self,
        reading: OwnerReading,
        executor: ScanExecutor,
        design_time: DesignTime,
        deployed: set[str],
    ) -> None:
        self._tag = reading.tag
        is_idle = {
            package_id: deployed.isdisjoint(iflow.id for iflow in iflows)
            for package_id, iflows in design_time.iflows.items()
            if iflows
        }
        reads = BoundedReads(reading.read, reading.start_budget(), NOT_READ)
        self._futures: dict[str, Future[Reading[CustomTags]]] = {
            package_id: executor.submit_design_time(STAGE, reads.read, package_id)
            for package_id in sorted(is_idle, key=is_idle.__getitem__)
        }

    def result(self, progress: Callable[[int, int], None]) -> PackageOwners:
        """Wait for all packages.

        Args:
            progress: called with the numbers of packages read and to be read.
        """
        tags: dict[str, CustomTags] = {}
        reasons: list[str] = []
        for done, (package_id, future) in enumerate(self._futures.items(), start=1):
            reading = future.result()
            if reading.value is None:
                reasons.append(reading.reason or "")
            else:
                tags[package_id] = reading.value
            progress(done, len(self._futures))
        owners = {package_id: _owner(values.get(self._tag)) for package_id, values in tags.items()}
        return PackageOwners(
            {package_id: owner for package_id, owner in owners.items() if owner},
            tuple(
                Unreadable("owners of packages", reason)
                for reason in (self._describe_unread(reasons), self._describe_names(tags))
                if reason
            ),
        )

    def _describe_unread(self, reasons: list[str]) -> str | None:
        if not reasons:
            return None
        total = len(self._futures)
        return f"read {total - len(reasons):,} of {total:,}; the first reason: {reasons[0]}"

    def _describe_names(self, tags: Mapping[str, CustomTags]) -> str | None:
        """Name the tags that there are, if none has the name of the setting."""
        names = sorted({name for values in tags.values() for name in values})
        if not tags or self._tag in names:
            return None
        return f"no package has a custom tag {self._tag!r}; there are: {', '.join(names) or 'none'}"


def _owner(value: str | None) -> str:
    """SAP separates the values of a tag by `|` (SAP OpenAPI: "Fred|John")."""
    return ", ".join(filter(None, (part.strip() for part in (value or "").split("|"))))
