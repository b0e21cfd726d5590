"""The design workspace of a tenant: packages and their iFlows, and what could not be read of it.

People edit the workspace while it is read, and access policies hide packages from some users. So
the packages are listed again at the end, and those whose entry has changed are read again. No iFlow
is called an orphan before it was requested by its id.

Whether SAP changes the date of a package when an iFlow is moved is not documented. An iFlow that
the date does not show is found if it is deployed or known from last month: it is requested by its
id, too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from iflow_census.errors import (
    AccessError,
    CensusError,
    DataError,
    DeadlineExceeded,
    NotFound,
    TransientError,
)
from iflow_census.scan.executor import ScanExecutor
from iflow_census.scan.tenant_api import DesigntimeIflow, Package, TenantApi

MAX_FAILED_PACKAGES = 5
"""If more packages than this fail, the tenant is out of order, and its scan fails."""

MAX_LISTS = 4
"""How often the packages are listed; those that still change then are called unread."""

STAGE = "iFlows of a package"
BY_ID = "iFlow by its id"

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DesignTime:
    """The content of a design workspace.

    Attributes:
        iflows: the iFlows that are known, by package id; each iFlow is in one package.
        unread_packages: why a package could not be read, by its id; some of its iFlows may be known
            nevertheless.
        unread_iflows: why it is not known whether an iFlow is in a package, by its id.
        retryable: the next attempt may be able to read the rest.
    """

    packages: Sequence[Package]
    iflows: Mapping[str, Sequence[DesigntimeIflow]]
    unread_packages: Mapping[str, str] = field(default_factory=dict)
    unread_iflows: Mapping[str, str] = field(default_factory=dict)
    retryable: bool = False

    @property
    def iflow_ids(self) -> Sequence[str]:
        """The ids of all iFlows that are known."""
        return [iflow.id for iflows in self.iflows.values() for iflow in iflows]


class DesignTimeScan:
    """Reads the design workspace."""

    def __init__(
        self, tenant: TenantApi, executor: ScanExecutor, packages: Sequence[Package]
    ) -> None:
        self._tenant = tenant
        self._executor = executor
        self._packages = {package.id: package for package in packages}
        self._iflows: dict[str, list[DesigntimeIflow]] = {}
        self._errors: dict[str, CensusError] = {}
        self._unlisted: Set[str] = frozenset()
        self._pending: dict[Future[Sequence[DesigntimeIflow] | CensusError], str] = {}
        self._start(self._packages)

    def result(
        self,
        expected: Callable[[], Iterable[str]],
        on_iflows: Callable[[Iterable[str]], None],
        progress: Callable[[int, int], None],
    ) -> DesignTime:
        """Wait for all packages, and look for expected iFlows that are in none.

        Args:
            expected: returns the ids of iFlows that are deployed or were in a package before;
                called when all packages are read.
            on_iflows: called with the ids of a package's iFlows as soon as they are known.
            progress: called with the numbers of packages read and known.

        Raises:
            CensusError: the workspace could not be read.
        """
        progress(0, len(self._packages))
        self._collect(on_iflows, progress)
        self._raise_if_out_of_order()
        self._read_until_unchanged(on_iflows, progress)
        missing, unread_iflows = self._find_missing(expected())
        self._read_again_with(missing, on_iflows, progress)
        moved = self._take_moved_iflows()
        if any(iflow.package_id not in self._packages for iflow in moved):
            self._list_again()
            self._collect(on_iflows, progress)
        self._raise_if_out_of_order()
        self._add([*missing, *moved])
        return DesignTime(
            list(self._packages.values()),
            self._iflows,
            {package_id: str(error) for package_id, error in self._errors.items()},
            unread_iflows,
            any(not isinstance(error, AccessError) for error in self._errors.values()),
        )

    def _start(self, package_ids: Iterable[str], *, fresh: bool = False) -> None:
        for package_id in package_ids:
            future = self._executor.submit_design_time(
                STAGE, _catch(self._tenant.iflows, NotFound), package_id, fresh=fresh
            )
            self._pending[future] = package_id

    def _collect(
        self, on_iflows: Callable[[Iterable[str]], None], progress: Callable[[int, int], None]
    ) -> None:
        for future in as_completed(self._pending):
            package_id, content = self._pending[future], future.result()
            if isinstance(content, NotFound) and package_id in self._unlisted:
                self._drop(package_id)
            elif isinstance(content, CensusError):
                self._errors[package_id] = content
            else:
                self._errors.pop(package_id, None)
                self._iflows[package_id] = list(content)
                on_iflows(iflow.id for iflow in content)
            progress(len(self._iflows.keys() | self._errors.keys()), len(self._packages))
        self._pending.clear()

    def _read_until_unchanged(
        self, on_iflows: Callable[[Iterable[str]], None], progress: Callable[[int, int], None]
    ) -> None:
        """Read packages again until their list is as it was before they were read."""
        for _ in range(1, MAX_LISTS):
            changed = self._list_again()
            if not changed:
                return
            self._collect(on_iflows, progress)
        for package_id in changed:
            if package_id in self._packages:
                self._errors[package_id] = TransientError(
                    "its entry in the list of packages kept changing"
                )

    def _list_again(self) -> Sequence[str]:
        """List the packages again, and start to read those that are new, changed or gone.

        A package that is no longer listed is dropped once its iFlows are not found, either: no
        count of SAP's shows that the list is complete.
        """
        packages = self._executor.submit_design_time(
            "packages", self._tenant.packages, fresh=True
        ).result()
        listed = {package.id: package for package in packages}
        before, self._packages = self._packages, {**self._packages, **listed}
        changed = [
            package_id
            for package_id in self._packages
            if before.get(package_id) != listed.get(package_id)
        ]
        self._unlisted = before.keys() - listed.keys()
        self._start(changed, fresh=True)
        return changed

    def _drop(self, package_id: str) -> None:
        for by_package in (self._packages, self._iflows, self._errors):
            by_package.pop(package_id, None)

    def _raise_if_out_of_order(self) -> None:
        failed = [error for error in self._errors.values() if not isinstance(error, AccessError)]
        if self._errors and (len(failed) > MAX_FAILED_PACKAGES or not self._iflows):
            raise [*failed, *self._errors.values()][0]

    def _take_moved_iflows(self) -> list[DesigntimeIflow]:
        """Remove iFlows that are in several packages, as they moved, and request them by id."""
        packages_of: dict[str, list[str]] = {}
        for package_id, iflows in self._iflows.items():
            for iflow in iflows:
                packages_of.setdefault(iflow.id, []).append(package_id)
        moved = [iflow_id for iflow_id, packages in packages_of.items() if len(packages) > 1]
        for iflows in self._iflows.values():
            iflows[:] = [iflow for iflow in iflows if iflow.id not in moved]
        futures = [
            self._executor.submit_design_time(BY_ID, self._tenant.find_iflow, iflow_id)
            for iflow_id in moved
        ]
        return [found for found in (future.result() for future in futures) if found is not None]

    def _find_missing(
        self, expected: Iterable[str]
    ) -> tuple[Sequence[DesigntimeIflow], Mapping[str, str]]:
        """Request expected iFlows that are in no package; returns them, and why others failed."""
        known = {iflow.id for iflows in self._iflows.values() for iflow in iflows}
        futures = {
            self._executor.submit_design_time(
                BY_ID, _catch(self._tenant.find_iflow, DataError), iflow_id
            ): iflow_id
            for iflow_id in dict.fromkeys(expected)
            if iflow_id not in known
        }
        found: list[DesigntimeIflow] = []
        unread: dict[str, str] = {}
        hidden = next(iter(sorted(self._errors)), None)
        for future, iflow_id in futures.items():
            result = future.result()
            if isinstance(result, CensusError):
                unread[iflow_id] = str(result)
            elif result is not None:
                found.append(result)
            elif self._errors:  # SAP may answer 404 for what it hides
                unread[iflow_id] = f"not found by its id, but package {hidden!r} could not be read"
        return found, unread

    def _read_again_with(
        self,
        found: Iterable[DesigntimeIflow],
        on_iflows: Callable[[Iterable[str]], None],
        progress: Callable[[int, int], None],
    ) -> None:
        """Read packages again whose lists lack iFlows that were found in them by their ids.

        Others may have moved together with them, and those that are not deployed are in no other
        list. A package whose list still lacks one contradicts itself, and is called unread.
        """
        packages = {iflow.package_id for iflow in found}
        if packages - self._packages.keys():
            self._list_again()
        self._start([package for package in packages if package in self._iflows], fresh=True)
        self._collect(on_iflows, progress)
        for iflow in found:
            iflows = self._iflows.get(iflow.package_id)
            if iflows is not None and iflow.id not in {other.id for other in iflows}:
                self._errors.setdefault(
                    iflow.package_id,
                    TransientError(
                        f"its list of iFlows does not have {iflow.id!r}, but iFlow {iflow.id!r} "
                        f"is in package {iflow.package_id!r} according to its own entry; run again"
                    ),
                )

    def _add(self, found: Iterable[DesigntimeIflow]) -> None:
        """Add iFlows that were found by their ids.

        Raises:
            DataError: one is in a package that the list of packages does not have.
        """
        for iflow in found:
            if iflow.package_id not in self._packages:
                raise DataError(
                    f"iFlow {iflow.id!r} is in package {iflow.package_id!r}, but the list of "
                    "packages does not have it; run again"
                )
            iflows = self._iflows.setdefault(iflow.package_id, [])
            if iflow.id not in {other.id for other in iflows}:
                iflows.append(iflow)


def _catch(call: Callable[P, T], *others: type[CensusError]) -> Callable[P, T | CensusError]:
    """Return what a call raises if the scan can do without its value, also `others`."""
    errors: tuple[type[CensusError], ...] = (AccessError, TransientError, *others)

    def run(*args: P.args, **kwargs: P.kwargs) -> T | CensusError:
        try:
            return call(*args, **kwargs)
        except DeadlineExceeded:
            raise
        except errors as error:
            return error

    return run
