"""What a scan of a tenant does at the same time."""

import threading
from collections.abc import Sequence

from iflow_census.scan.tenant_api import DesigntimeIflow, LogQuery
from tests.unit.scan.fake_tenant import Log
from tests.unit.scan.test_tenant_scan import MIDDLE, DeployedTenant, scan


class SlowPackages(DeployedTenant):
    """A tenant whose packages are read after the count of an iFlow has begun."""

    def __init__(self, **count_before: str) -> None:
        super().__init__([Log(MIDDLE, "A", "COMPLETED")] * 3000)
        self.count_before = count_before
        self.counted = {iflow_id: threading.Event() for iflow_id in count_before.values()}

    def count_logs(self, query: LogQuery, *, fresh: bool = False) -> int:
        if query.iflow_id in self.counted:
            self.counted[query.iflow_id].set()
        return super().count_logs(query, fresh=fresh)

    def iflows(self, package_id: str, *, fresh: bool = False) -> Sequence[DesigntimeIflow]:
        if package_id in self.count_before:
            assert self.counted[self.count_before[package_id]].wait(10)
        return super().iflows(package_id, fresh=fresh)


def test_deployed_iflows_are_counted_while_packages_are_read() -> None:
    (counts,) = scan(SlowPackages(P="A", Q="orphan")).counts

    assert counts.by_iflow["A"] == {"COMPLETED": 3000}


def test_iflows_of_a_package_are_counted_while_others_are_read() -> None:
    (counts,) = scan(SlowPackages(Q="B")).counts

    assert counts.by_iflow["B"] == {}
