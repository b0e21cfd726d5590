"""Settings from the environment: few, checked, and named when they are wrong."""

from datetime import timedelta

import pytest

from iflow_census.errors import ConfigurationError
from iflow_census.lambda_app.settings import load_settings
from iflow_census.report.changes import Thresholds

BUCKET = {"IFLOW_CENSUS_BUCKET": "reports"}


def test_only_the_bucket_is_required() -> None:
    settings = load_settings(BUCKET)

    assert (settings.bucket, settings.secret_prefix, settings.formats) == (
        "reports",
        "iflow-census",
        ("csv", "json"),
    )
    assert settings.edit_tolerance == timedelta(seconds=1)
    assert (settings.design_time_per_second, settings.runtime_per_second) == (10, 50)
    assert settings.message_logs_per_second == 100
    assert settings.thresholds == Thresholds()
    assert settings.health is True
    assert settings.last_errors is False
    assert settings.models is False
    assert settings.owner_tag == ""
    assert (settings.notice_topic, settings.notice_link_seconds) == ("", 0)


def test_every_setting_is_read_from_its_variable() -> None:
    settings = load_settings(
        {
            **BUCKET,
            "IFLOW_CENSUS_SECRET_PREFIX": "acme/iflow-census",
            "IFLOW_CENSUS_FORMATS": " json  classic-csv\n",
            "IFLOW_CENSUS_EDIT_TOLERANCE_SECONDS": "0.5",
            "IFLOW_CENSUS_DESIGN_TIME_PER_SECOND": "5",
            "IFLOW_CENSUS_READ_TIMEOUT_SECONDS": "30",
            "IFLOW_CENSUS_DEADLINE_MARGIN_SECONDS": "90",
            "IFLOW_CENSUS_TENANTS_AT_ONCE": "8",
            "IFLOW_CENSUS_MESSAGE_FACTOR": "1.5",
            "IFLOW_CENSUS_MESSAGE_FLOOR": "10",
            "IFLOW_CENSUS_HEALTH": "false",
            "IFLOW_CENSUS_LAST_ERRORS": "true",
            "IFLOW_CENSUS_MODELS": "on",
            "IFLOW_CENSUS_OWNER_TAG": "Team",
            "IFLOW_CENSUS_NOTICE_TOPIC": "arn:aws:sns:eu-central-1:123456789012:notices",
            "IFLOW_CENSUS_NOTICE_LINK_SECONDS": "3600",
        }
    )

    assert (settings.secret_prefix, settings.formats) == (
        "acme/iflow-census",
        ("json", "classic-csv"),
    )
    assert settings.edit_tolerance == timedelta(milliseconds=500)
    assert (settings.design_time_per_second, settings.read_timeout_seconds) == (5, 30)
    assert (settings.deadline_margin_seconds, settings.tenants_at_once) == (90, 8)
    assert settings.thresholds == Thresholds(1.5, 10)
    assert settings.health is False
    assert settings.last_errors is True
    assert settings.models is True
    assert settings.owner_tag == "Team"
    assert settings.notice_topic == "arn:aws:sns:eu-central-1:123456789012:notices"
    assert settings.notice_link_seconds == 3600


def test_other_variables_are_ignored() -> None:
    others = {"AWS_REGION": "eu-central-1", "BUCKET": "x", "MY_IFLOW_CENSUS_BUCKET": "y"}

    assert load_settings({**others, **BUCKET}) == load_settings(BUCKET)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BUCKET", ""),
        ("BUCKET", "ab"),
        ("BUKET", "reports"),
        ("SECRET_PREFIX", ""),
        ("SECRET_PREFIX", "ends-with/"),
        ("SECRET_PREFIX", "with space"),
        ("FORMATS", ""),
        ("HEALTH", ""),
        ("HEALTH", "sometimes"),
        ("FORMATS", "  "),
        ("FORMATS", "csv pdf"),
        ("FORMATS", "csv,json"),
        ("EDIT_TOLERANCE_SECONDS", "-1"),
        ("EDIT_TOLERANCE_SECONDS", "1s"),
        ("EDIT_TOLERANCE_SECONDS", ""),
        ("EDIT_TOLERANCE_SECONDS", "inf"),
        ("EDIT_TOLERANCE_SECONDS", "nan"),
        ("EDIT_TOLERANCE_SECONDS", "1e300"),
        ("DESIGN_TIME_PER_SECOND", "0"),
        ("DESIGN_TIME_PER_SECOND", "1e-9"),
        ("DESIGN_TIME_PER_SECOND", "1e9"),
        ("RUNTIME_PER_SECOND", "1001"),
        ("RUNTIME_PER_SECOND", "-5"),
        ("MESSAGE_LOGS_PER_SECOND", "nan"),
        ("READ_TIMEOUT_SECONDS", "0"),
        ("READ_TIMEOUT_SECONDS", "inf"),
        ("READ_TIMEOUT_SECONDS", "-1"),
        ("READ_TIMEOUT_SECONDS", "901"),
        ("DEADLINE_MARGIN_SECONDS", "19"),
        ("DEADLINE_MARGIN_SECONDS", "841"),
        ("TENANTS_AT_ONCE", "0"),
        ("TENANTS_AT_ONCE", "1001"),
        ("TENANTS_AT_ONCE", "2.5"),
        ("MESSAGE_FACTOR", "1"),
        ("MESSAGE_FACTOR", "nan"),
        ("MESSAGE_FACTOR", "1001"),
        ("MESSAGE_FLOOR", "0"),
        ("MESSAGE_FLOOR", "1.5"),
        ("NOTICE_LINK_SECONDS", "-1"),
        ("NOTICE_LINK_SECONDS", "604801"),
    ],
)
def test_invalid_setting_is_named_by_its_variable(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({**BUCKET, f"IFLOW_CENSUS_{variable}": value})

    assert f"IFLOW_CENSUS_{variable}:" in str(caught.value)


def test_missing_bucket_is_named() -> None:
    with pytest.raises(ConfigurationError, match="IFLOW_CENSUS_BUCKET: Field required"):
        load_settings({})


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("DESIGN_TIME_PER_SECOND", "-5", "a number from 0.1 to 1000"),
        ("RUNTIME_PER_SECOND", "nan", "a number from 0.1 to 1000"),
        ("READ_TIMEOUT_SECONDS", "ten", "a number from 0.1 to 900.0"),
        ("DEADLINE_MARGIN_SECONDS", "1e99", "a number from 20 to 840.0"),
        ("TENANTS_AT_ONCE", "0.5", "a whole number from 1 to 1000"),
    ],
)
def test_error_of_a_number_says_what_is_allowed(variable: str, value: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({**BUCKET, f"IFLOW_CENSUS_{variable}": value})

    assert str(caught.value) == (
        f"environment variable IFLOW_CENSUS_{variable}: {value!r} is not allowed; set {allowed}"
    )
