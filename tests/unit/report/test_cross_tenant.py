"""iFlows that exist in several tenants."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.cross_tenant import compare_tenants
from iflow_census.scan.edit_status import EditStatus
from iflow_census.scan.results import Unreadable
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, tenant


def test_iflow_in_two_tenants_is_compared() -> None:
    newer = replace(DESIGNED, iflow_version="1.0.4", edit_status=EditStatus.NOT_EDITED, messages=90)

    (across,) = compare_tenants([tenant("dev", [newer]), tenant("prod", [DESIGNED])]).iflows

    assert across.iflow_id == "Flow"
    assert across.differences == ["version", "edited"]
    assert across.missing_in == []
    assert [(iflow.tenant, iflow.iflow_version, iflow.messages) for iflow in across.tenants] == [
        ("dev", "1.0.4", 90),
        ("prod", "1.0.3", 7),
    ]


def test_missing_iflows_are_reported() -> None:
    dev, prod = tenant("dev", [DESIGNED, BARE]), tenant("prod", [DESIGNED])

    comparison = compare_tenants([dev, prod, tenant("test", [ORPHAN])])

    (across,) = comparison.iflows
    assert across.missing_in == ["test"]
    assert across.differences == ["missing"]
    assert comparison.only_in == {"dev": ["Bare"], "prod": [], "test": ["Orphan"]}


def test_version_of_an_orphan_is_not_compared() -> None:
    orphan = replace(ORPHAN, iflow_id="Flow", edit_status=EditStatus.EDITED)

    (across,) = compare_tenants([tenant("dev", [orphan]), tenant("prod", [DESIGNED])]).iflows

    assert across.differences == []


def test_tenant_that_was_not_scanned_is_not_compared() -> None:
    comparison = compare_tenants([tenant("dev", [DESIGNED]), tenant("prod", [DESIGNED]), FAILED])

    assert comparison.tenants == ["dev", "prod"]
    assert comparison.iflows[0].missing_in == []
    assert comparison.note == "Not compared, because not scanned: test."


def test_single_tenant_is_not_compared() -> None:
    comparison = compare_tenants([tenant("prod", [DESIGNED])])

    assert comparison.iflows == []
    assert comparison.only_in == {"prod": []}
    assert comparison.note == "A comparison needs at least two scanned tenants."


def test_name_comes_from_the_first_tenant_with_one() -> None:
    nameless = replace(DESIGNED, iflow_name=None)

    (across,) = compare_tenants([tenant("dev", [nameless]), tenant("prod", [DESIGNED])]).iflows

    assert across.iflow_name == "A flow"


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sets(st.sampled_from("uvwxyz"))))
def test_each_iflow_is_listed_exactly_once(ids_by_tenant: dict[str, set[str]]) -> None:
    tenants = [
        tenant(name, [replace(DESIGNED, iflow_id=iflow_id) for iflow_id in ids])
        for name, ids in ids_by_tenant.items()
    ]

    comparison = compare_tenants(tenants)

    shared = {across.iflow_id for across in comparison.iflows}
    single = [iflow_id for ids in comparison.only_in.values() for iflow_id in ids]
    assert len(single) == len(set(single))
    assert not shared & set(single)
    if len(ids_by_tenant) > 1:
        assert shared | set(single) == set().union(*ids_by_tenant.values())
    for across in comparison.iflows:
        present = [iflow.tenant for iflow in across.tenants]
        assert sorted([*present, *across.missing_in]) == sorted(ids_by_tenant)


def test_different_deployment_is_a_difference() -> None:
    stopped = replace(DESIGNED, deployed=False)

    (across,) = compare_tenants([tenant("dev", [stopped]), tenant("prod", [DESIGNED])]).iflows

    assert across.differences == ["deployed"]


def test_iflow_of_one_of_two_tenants_is_only_there() -> None:
    comparison = compare_tenants([tenant("dev", [DESIGNED, BARE]), tenant("prod", [DESIGNED])])

    assert comparison.only_in == {"dev": ["Bare"], "prod": []}
    assert comparison.note is None


def test_no_scanned_tenant_is_noted() -> None:
    assert compare_tenants([FAILED]).note == (
        "A comparison needs at least two scanned tenants. Not compared, because not scanned: test."
    )


def test_iflows_that_differ_come_first_and_then_the_busiest() -> None:
    same = [
        replace(DESIGNED, iflow_id=iflow_id, messages=count)
        for iflow_id, count in (("a", None), ("b", 1))
    ]
    other = replace(DESIGNED, iflow_id="z", messages=5)

    compared = compare_tenants(
        [tenant("dev", [*same, other]), tenant("prod", [*same, replace(other, iflow_version="9")])]
    )

    assert [iflow.iflow_id for iflow in compared.iflows] == ["z", "b", "a"]


UNREAD_PACKAGE = Unreadable("package Pkg", "HTTP 403", package_id="Pkg")
UNREAD_EDGE = Unreadable("location edge", "HTTP 503", location="edge")


def test_iflow_of_an_unread_package_is_not_missing() -> None:
    other = replace(DESIGNED, iflow_id="Other", package_id="Read")
    hidden = replace(tenant("test", []), unreadable=[UNREAD_PACKAGE])

    comparison = compare_tenants(
        [tenant(name, [DESIGNED, other]) for name in ("dev", "prod")] + [hidden]
    )

    assert [
        (across.iflow_id, across.missing, across.missing_in, across.differences)
        for across in comparison.iflows
    ] == [("Other", 1, ["test"], ["missing"]), ("Flow", 0, [], [])]


def test_iflow_that_an_unread_package_may_have_is_not_only_in_one_tenant() -> None:
    hidden = replace(tenant("test", []), unreadable=[UNREAD_PACKAGE])
    other = replace(DESIGNED, iflow_id="Other", package_id="Read")

    comparison = compare_tenants([tenant("dev", [DESIGNED, other]), hidden])

    assert comparison.only_in == {"dev": ["Other"], "test": []}


def test_iflow_of_a_partly_read_tenant_may_be_only_there() -> None:
    partly = replace(tenant("dev", [ORPHAN]), unreadable=[UNREAD_EDGE])

    comparison = compare_tenants([partly, tenant("prod", [])])

    assert comparison.only_in == {"dev": ["Orphan"], "prod": []}


def test_unknown_deployment_is_no_difference() -> None:
    unknown = replace(DESIGNED, deployed=None)

    (across,) = compare_tenants([tenant("dev", [unknown]), tenant("prod", [DESIGNED])]).iflows

    assert across.differences == []
