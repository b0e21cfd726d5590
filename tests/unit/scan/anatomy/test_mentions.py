"""Names of credentials in models, parameters and scripts."""

import io
from collections.abc import Mapping, Sequence

import pytest

from iflow_census.scan.anatomy import archive
from iflow_census.scan.anatomy.mentions import find_mentions
from iflow_census.scan.anatomy.model import IflowModel
from iflow_census.scan.anatomy.reader import read_exported_models, read_model
from tests.simulators.cloud_integration.archives import make_zip
from tests.simulators.cloud_integration.models import (
    ChannelSpec,
    StepSpec,
    model_document,
    model_zip,
)

NAMES = ("CRM & ERP", "SFTP_User", "back office's")


def search(
    *,
    channel: Mapping[str, str] | None = None,
    steps: Sequence[StepSpec] = (),
    parameters: str = "",
    scripts: Mapping[str, str] | None = None,
) -> IflowModel:
    """Read a model with a channel, and search it for `NAMES`."""
    document = model_document([ChannelSpec("HTTP", "Receiver", channel or {})], steps=steps)
    return read_model(io.BytesIO(model_zip(document, parameters, scripts)), NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "SFTP_User",
        "a='SFTP_User';",
        "Name:=:user:;Type:=:constant:;Value:=:SFTP_User",
        "x" * 99_998 + " SFTP_User",
        "\N{LATIN SMALL LETTER U WITH DIAERESIS} SFTP_User",
        "\N{LEFT DOUBLE QUOTATION MARK}SFTP_User\N{RIGHT DOUBLE QUOTATION MARK}",
    ],
)
def test_name_is_found_as_a_whole_word(text: str) -> None:
    assert find_mentions(NAMES, text) == {"SFTP_User"}


@pytest.mark.parametrize("text", ["", "SFTP_User2", "MY_SFTP_User", "sftp_user", "SFTP User"])
def test_other_words_are_no_mention(text: str) -> None:
    assert find_mentions(NAMES, text) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CRM & ERP", True),
        ("<cell>CRM &amp; ERP</cell>", True),
        ("CRM &amp;amp; ERP", True),
        ("ERP & CRM", False),
        ("CRM or ERP", False),
    ],
)
def test_name_of_several_words_is_found_only_as_a_whole(text: str, found: bool) -> None:
    assert ("CRM & ERP" in find_mentions(NAMES, text)) is found


def test_name_without_words_is_found_as_it_is() -> None:
    assert find_mentions(["--"], "a -- b") == {"--"}
    assert find_mentions(["--"], "a - b") == set()


def test_name_with_an_umlaut_is_found_as_it_is() -> None:
    name = "Ger\N{LATIN SMALL LETTER A WITH DIAERESIS}t"

    assert find_mentions([name], f"user '{name}'") == {name}
    assert find_mentions([name], "Ger t") == set()


def test_escaped_quote_in_a_script_does_not_hide_a_name() -> None:
    assert find_mentions(NAMES, r"get('back office\'s')") == {"back office's"}


def test_model_mentions_names_in_properties_of_any_step() -> None:
    table = "<row><cell id='Name'>user</cell><cell id='Value'>CRM &amp; ERP</cell></row>"

    found = search(
        channel={"credentialName": "SFTP_User"},
        steps=[StepSpec("Enricher", {"propertyTable": table})],
    )

    assert found.mentions == ("CRM & ERP", "SFTP_User")
    assert found.computes_names is False


def test_participant_of_the_same_name_is_a_mention() -> None:
    document = model_document([ChannelSpec("HTTP", "Receiver", participant="CRM & ERP")])

    assert read_model(io.BytesIO(model_zip(document)), NAMES).mentions == ("CRM & ERP",)


def test_model_mentions_names_in_parameters() -> None:
    found = search(
        channel={"credentialName": "{{Protocol}}_User"},
        parameters="Protocol=SFTP\nleft\\ over=back office's\n",
    )

    assert found.mentions == ("SFTP_User", "back office's")


def test_long_property_is_searched_although_it_is_not_kept() -> None:
    found = search(steps=[StepSpec("Enricher", {"bodyType": "x " * 9_000 + "SFTP_User"})])

    assert found.mentions == ("SFTP_User",)


def test_script_mentions_a_name_and_may_compute_others() -> None:
    text = 'def s = factory.getService(SecureStoreService.class)\ns.getUserCredential("SFTP_User")'

    found = search(scripts={"a.groovy": text, "b.JS": "'back office\\'s'", "c.jar": "CRM & ERP"})

    assert found.mentions == ("SFTP_User", "back office's")
    assert found.computes_names is True
    assert search(scripts={"a.gsh": "println 'SFTP_User'"}).computes_names is False


def test_alias_with_an_expression_is_computed() -> None:
    assert search(channel={"credentialName": "${property.user}"}).computes_names is True
    assert search(channel={"credentialName": "{{unknown}}"}).computes_names is True
    assert search(channel={"credentialName": "pd:partner:user:UserCredential"}).computes_names
    assert search(channel={"credentialName": "SFTP_User"}).computes_names is False


def test_script_that_is_too_large_leaves_the_model_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_SCRIPT_BYTES", 20)
    assert search(scripts={"a.groovy": " " * 11 + "SFTP_User"}).mentions == ("SFTP_User",)

    found = search(scripts={"a.groovy": " " * 21 + "SFTP_User"})

    assert (found.mentions, found.computes_names) == ((), True)
    assert len(found.channels) == 1


def test_damaged_script_leaves_the_model_readable() -> None:
    content = model_zip(model_document(), scripts={"a.groovy": "'not compressed at all'"})
    start = content.index(b"a.groovy") + len(b"a.groovy")
    damaged = content[: start + 4] + b"\xff\xff" + content[start + 6 :]

    found = read_model(io.BytesIO(damaged), NAMES)

    assert (found.mentions, found.computes_names) == ((), True)


def test_scripts_that_are_too_large_together_are_not_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_ALL_SCRIPTS_BYTES", 3)

    assert search(scripts={"a.groovy": "12", "b.groovy": "34"}).computes_names is True
    assert search(scripts={"a.groovy": "12", "b.groovy": "3"}).computes_names is False


def test_exported_models_are_searched_too() -> None:
    document = model_document([ChannelSpec("HTTP", "Receiver", {"credentialName": "SFTP_User"})])
    export = make_zip({"A_content": model_zip(document), "resources.cnt": b""})

    assert read_exported_models(io.BytesIO(export), NAMES)["A"].mentions == ("SFTP_User",)


def test_no_text_of_a_script_or_parameter_is_kept() -> None:
    found = search(
        parameters="password=geheim\n", scripts={"a.groovy": "def p = 'geheim'; x('SFTP_User')"}
    )

    assert "geheim" not in repr(found)
    assert found.mentions == ("SFTP_User",)
