"""Credentials in no model, and the evidence for that."""

from collections.abc import Mapping, Sequence

from iflow_census.scan.anatomy.model import AddressKind, Channel, Direction, IflowModel
from iflow_census.scan.credential_search import find_unmentioned_credentials
from iflow_census.scan.health import Credential, CredentialKind, UnmentionedCredentials
from iflow_census.scan.model_scan import CONFIGURE_ONLY, TenantModels
from iflow_census.scan.readings import Reading
from tests.unit.scan.test_model_scan import iflow, make_inventory

USER, CLIENT = CredentialKind.USER_CREDENTIALS, CredentialKind.OAUTH2_CLIENT_CREDENTIALS
REFUSED: Reading[Sequence[str]] = Reading(reason="GET UserCredentials: HTTP 403")
NAMES = {USER: Reading[Sequence[str]](["B", "A"]), CLIENT: Reading[Sequence[str]](["C"])}
SEARCHED = frozenset("ABC")


def search(
    models: Sequence[IflowModel],
    names: Mapping[CredentialKind, Reading[Sequence[str]]] = NAMES,
    *,
    searched: frozenset[str] = SEARCHED,
    unread: Sequence[str] = (),
    packages: Sequence[str] = (),
) -> Reading[UnmentionedCredentials]:
    by_iflow = {str(number): Reading(model) for number, model in enumerate(models)}
    by_iflow |= {iflow_id: Reading(reason=CONFIGURE_ONLY) for iflow_id in unread}
    inventory = make_inventory(*map(iflow, by_iflow), unread=packages)
    return find_unmentioned_credentials(names, TenantModels(by_iflow, [], searched), inventory)


def found(models: Sequence[IflowModel], *, searched: frozenset[str] = SEARCHED) -> list[str]:
    value = search(models, searched=searched).value
    assert value is not None
    return [credential.name for credential in value.credentials]


def test_credentials_in_no_model_are_listed_by_kind_and_name() -> None:
    reading = search([IflowModel()])

    assert reading.reason is None
    assert reading.value is not None
    assert reading.value.credentials == [
        Credential("A", USER),
        Credential("B", USER),
        Credential("C", CLIENT),
    ]


def test_mention_and_alias_are_uses() -> None:
    channel = Channel(
        "1", Direction.RECEIVER, "HTTP", None, "", "", AddressKind.EMPTY, False, aliases=("B",)
    )

    assert found([IflowModel(mentions=("A",)), IflowModel(channels=(channel,))]) == ["C"]


def test_credential_newer_than_a_model_is_not_judged() -> None:
    reading = search([IflowModel()], searched=frozenset("A"))

    assert reading.value is not None
    assert [credential.name for credential in reading.value.credentials] == ["A"]
    assert reading.value.not_judged == 2
    assert "Other credentials, newer than some of the models: 2." in reading.value.note


def test_note_has_the_evidence_and_what_was_not_searched() -> None:
    models = [IflowModel(computes_names=True), IflowModel()]

    value = search(models, unread=["x", "y", "z"], packages=["P2"]).value

    assert value is not None
    assert (value.models, value.unread, value.computed, value.not_judged) == (2, 3, 1, 0)
    assert value.note == (
        "Models read: 2; none of them contains these names. "
        "iFlows without a readable model: 3. Packages that could not be listed: 1. "
        "Models that may compute names in expressions or scripts: 1. "
        "Script collections, mappings, value mappings, the partner directory and older deployed "
        "versions were not searched. Do not delete a credential only because it is in this list."
    )


def test_without_any_model_nothing_is_claimed() -> None:
    assert search([], unread=["x"]) == Reading(reason="no model was read")


def test_refused_list_is_the_reason_and_hides_no_other() -> None:
    reading = search([IflowModel()], NAMES | {USER: REFUSED})

    assert reading.reason == (
        "1 of the lists of credentials could not be read: GET UserCredentials: HTTP 403"
    )
    assert reading.value is not None
    assert reading.value.credentials == [Credential("C", CLIENT)]


def test_without_any_list_there_is_only_a_reason() -> None:
    reading = search([IflowModel()], {USER: REFUSED, CLIENT: REFUSED})

    assert reading.value is None
    assert reading.reason
    assert reading.reason.startswith("2 of the lists of credentials could not be read")
