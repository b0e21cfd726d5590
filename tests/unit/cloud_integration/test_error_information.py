"""The words of an error information, in the shapes that tenants send."""

import json
from typing import Any

import pytest

from iflow_census.cloud_integration.error_information import (
    MAX_LINE_LENGTH,
    first_line,
    parse_error_information,
)

UNSUCCESSFUL = "The generation and build of the artifact were unsuccessful."


def document(*parameters: object, text: str = "", **more: object) -> dict[str, Any]:
    message = {
        "subsystemName": "CONTENT",
        "subsytemPartName": "CONTENT_DEPLOY",
        "messageId": "GenerationFailed",
        "messageText": text,
    }
    return {"message": message, "parameter": list(parameters), **more}


def words(content: object) -> list[str]:
    return parse_error_information(json.dumps(content)).split("\n")


def test_words_are_in_parameter_while_the_message_text_is_empty() -> None:
    content = document(f"{UNSUCCESSFUL}\nScript file 'script1.groovy' not found")

    assert words(content) == [UNSUCCESSFUL, "Script file 'script1.groovy' not found"]


def test_message_text_precedes_the_parameters() -> None:
    assert words(document("receiver", text="Bundle not resolved")) == [
        "Bundle not resolved",
        "receiver",
    ]


def test_causes_follow_in_order() -> None:
    cause = document("script.groovy", text="Script not found")
    content = document(text="Deployment failed", childInstances=[document(childInstances=[cause])])

    assert words(content) == ["Deployment failed", "Script not found", "script.groovy"]


def test_parameters_within_the_message_are_included() -> None:
    content = {"message": {"messageText": "Failed", "parameter": ["receiver"]}}

    assert words(content) == ["Failed", "receiver"]


def test_error_document_within_a_parameter_is_unpacked() -> None:
    cause = {"message": "CAUSE", "parameters": ["expected symbol but was eol"]}
    inner = {"message": "EXCEPTION", "parameters": ["Syntax"], "childMessageInstances": [cause]}

    assert words(document(json.dumps(inner))) == ["Syntax", "expected symbol but was eol"]


def test_repeated_words_are_printed_once() -> None:
    assert words(document("Syntax", "Syntax", childInstances=[document("Syntax")])) == ["Syntax"]


def test_parameters_that_are_no_text_are_printed_or_skipped() -> None:
    assert words(document("a", 7, None, True, [], {}, " ", '{"b": 1}')) == ["a", "7", '{"b": 1}']


def test_message_id_is_better_than_nothing() -> None:
    assert words(document()) == ["GenerationFailed"]


def test_control_characters_in_a_string_are_accepted() -> None:
    assert parse_error_information('{"parameter": ["no \x1b host"]}') == "no \x1b host"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Unable to resolve placeholder: timer <no value>",
        '{"parameter": ["cut off',
        "{}",
        '{"message": null, "parameter": null}',
        '["a"]',
        '"a"',
        "null",
        "7",
        '{"parameter":[' * 5000,
        '{"childInstances":[' * 900 + "]}" * 900,
    ],
)
def test_any_other_text_is_unchanged(text: str) -> None:
    assert parse_error_information(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("\n  no host \n  at Camel", "no host"),
        ("a\r\nb", "a"),
        ("a\u2028b", "a"),
        ("x" * 1000, "x" * MAX_LINE_LENGTH),
    ],
)
def test_first_line_is_short_and_not_blank(text: str, line: str) -> None:
    assert first_line(text) == line
