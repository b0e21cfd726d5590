"""The text of a release, and the check that tag, version and changelog agree."""

import pytest

from scripts.release_notes import ReleaseError, release_notes

CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.3] - 2026-11-24

### Added
- A column.

## [1.2.2] - 2026-10-01

### Fixed
- A bug.

[1.2.2]: https://example.com/1.2.2
"""


def test_notes_are_the_section_of_the_version() -> None:
    assert release_notes("v1.2.3", "1.2.3", CHANGELOG) == "### Added\n- A column.\n"


def test_notes_end_before_the_link_references() -> None:
    assert release_notes("v1.2.2", "1.2.2", CHANGELOG) == "### Fixed\n- A bug.\n"


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2.4", ""])
def test_tag_of_another_version_is_refused(tag: str) -> None:
    with pytest.raises(ReleaseError, match=r"the version is 1\.2\.3; tag v1\.2\.3"):
        release_notes(tag, "1.2.3", CHANGELOG)


@pytest.mark.parametrize("version", ["1.2.4", "Unreleased"])
def test_version_without_text_in_the_changelog_is_refused(version: str) -> None:
    with pytest.raises(ReleaseError, match="add the section"):
        release_notes(f"v{version}", version, CHANGELOG)
