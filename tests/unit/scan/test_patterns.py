"""Regular expressions from people."""

import pytest

from iflow_census.scan.patterns import MAX_LENGTH, MAX_TEXT, compile_pattern, matches


@pytest.mark.parametrize(
    "pattern",
    [
        "^S4",
        "S/4|ECC|CRM|SCM|EWM|TM|GTS|MDG|BW",
        r"(prd|qas)-[0-9]+\.acme\..*",
        "(ab){2,3}",
        "(a|b)(ab)*",
        r"[a-z(+*]+\(x\)",
        "a{1,5}",
        "a*b+c{2,}",
        "a{1,9}b{9}c*d*e*",
        "a|b|c|d|e|f|g|h",
        "a?" * 6,
        "[]x]+y",
    ],
)
def test_ordinary_expression_is_accepted(pattern: str) -> None:
    assert compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+$", "is repeated"),
        ("(a|aa)*", "is repeated"),
        ("((ab)?c){2}", "is repeated"),
        ("(a?){40}", "is repeated"),
        ("((a|b)(c))*", "is repeated"),
        ("a*a*a*a*b", "more than 3 repetitions without a limit"),
        ("a{1,}a{99}a*a+", "more than 3 repetitions without a limit"),
        ("a{1,10}b*c*d*", "more than 3 repetitions without a limit"),
        ("a{10}b*c*d*", "more than 3 repetitions without a limit"),
        ("a?" * 7, "more than 6 repetitions and choices"),
        ("(a|b)" * 7, "more than 6 repetitions and choices"),
        (r"(a)\1", "references"),
        ("(?=a)", "only (?: is supported"),
        ("(?P<x>a+)+", "only (?: is supported"),
        ("[", "not a regular expression"),
        ("a" * 201, "more than 200 characters"),
        ("a{99999999999}", "not a regular expression"),
    ],
)
def test_expression_that_could_take_long_is_rejected(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        compile_pattern(pattern)

    assert reason in str(caught.value)


def test_longest_expression_is_accepted() -> None:
    assert compile_pattern("a" * MAX_LENGTH)
    with pytest.raises(ValueError, match="more than 200 characters"):
        compile_pattern("a" * (MAX_LENGTH + 1))


def test_expression_is_found_anywhere_in_any_case() -> None:
    assert matches(compile_pattern("s4"), "the S4 system")
    assert not matches(compile_pattern("^s4$"), "the S4 system")


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    assert not matches(compile_pattern("x"), "a" * MAX_TEXT + "x")
