"""The same iFlow in several tenants."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from iflow_census.report.cross_tenant import landscape
from iflow_census.scan.edit_status import EditStatus
from tests.unit.report.examples import BARE, DESIGNED, FAILED, ORPHAN, tenant


def test_an_iflow_in_two_tenants_is_put_side_by_side() -> None:
    newer = replace(DESIGNED, iflow_version="1.0.4", edit_status=EditStatus.NOT_EDITED, messages=90)

    (across,) = landscape([tenant("prod", [DESIGNED]), tenant("dev", [newer])]).iflows

    assert across.iflow_id == "Flow"
    assert across.differences == ["version", "edited"]
    assert across.missing_in == []
    assert [(one.tenant, one.iflow_version, one.messages) for one in across.tenants] == [
        ("dev", "1.0.4", 90),
        ("prod", "1.0.3", 7),
    ]


def test_what_a_tenant_lacks_is_told() -> None:
    both = [tenant("dev", [DESIGNED, BARE]), tenant("prod", [DESIGNED]), tenant("test", [ORPHAN])]

    found = landscape(both)

    (across,) = found.iflows
    assert across.missing_in == ["test"]
    assert across.differences == ["missing"]
    assert found.only_in == {"dev": ["Bare"], "prod": [], "test": ["Orphan"]}


def test_an_orphan_has_no_version_to_differ_in() -> None:
    orphan = replace(ORPHAN, iflow_id="Flow", edit_status=EditStatus.EDITED)

    (across,) = landscape([tenant("dev", [orphan]), tenant("prod", [DESIGNED])]).iflows

    assert across.differences == []


def test_nothing_is_called_missing_in_a_tenant_that_was_not_scanned() -> None:
    found = landscape([tenant("dev", [DESIGNED]), tenant("prod", [DESIGNED]), FAILED])

    assert found.tenants == ["dev", "prod"]
    assert found.iflows[0].missing_in == []
    assert found.note == "Not compared, because not scanned: test."


def test_one_tenant_is_compared_with_nothing_and_that_is_said() -> None:
    found = landscape([tenant("prod", [DESIGNED])])

    assert found.iflows == []
    assert found.only_in == {"prod": []}
    assert found.note == "It takes two scanned tenants to compare."


def test_the_name_is_that_of_the_first_tenant_that_knows_one() -> None:
    nameless = replace(DESIGNED, iflow_name=None)

    (across,) = landscape([tenant("dev", [nameless]), tenant("prod", [DESIGNED])]).iflows

    assert across.iflow_name == "A flow"


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sets(st.sampled_from("uvwxyz"))))
def test_each_iflow_stands_in_exactly_one_place(held: dict[str, set[str]]) -> None:
    tenants = [
        tenant(name, [replace(DESIGNED, iflow_id=one) for one in ids]) for name, ids in held.items()
    ]

    found = landscape(tenants)

    shared = {across.iflow_id for across in found.iflows}
    alone = [one for ids in found.only_in.values() for one in ids]
    assert len(alone) == len(set(alone))
    assert not shared & set(alone)
    if len(held) > 1:
        assert shared | set(alone) == set().union(*held.values())
    for across in found.iflows:
        present = [one.tenant for one in across.tenants]
        assert sorted([*present, *across.missing_in]) == sorted(held)
