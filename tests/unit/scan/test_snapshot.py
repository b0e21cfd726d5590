"""What is kept of a month for the comparison with later ones."""

from dataclasses import asdict, replace

from iflow_census.scan.results import ApiUsage
from iflow_census.scan.snapshot import take_snapshot
from tests.unit.report.examples import DESIGNED, tenant


def test_snapshot_has_the_compared_columns_of_each_iflow() -> None:
    rows = [DESIGNED, replace(DESIGNED, iflow_id="Other", runtime_locations=("edge-1",))]

    kept = take_snapshot(tenant("prod", rows)).iflows

    assert [iflow.iflow_id for iflow in kept] == ["Flow", "Other"]
    for iflow, row in zip(kept, tenant("prod", rows).iflows, strict=True):
        assert asdict(iflow).items() <= asdict(row).items()


def test_snapshot_of_a_tenant_has_its_state_but_no_details() -> None:
    scanned = replace(tenant("prod", [DESIGNED]), messages_per_day=[1, None], other_artifacts=[])

    kept = take_snapshot(scanned).tenant

    assert kept == replace(
        tenant("prod", []), totals=scanned.totals, api=ApiUsage(), iflows=[], connections=[]
    )
