"""The stack with its defaults, with a key of one's own, and with the fan-out."""

import pytest

from tests.template.stack import Stack

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The stack with the defaults of all parameters."""
    return Stack()


@pytest.fixture(scope="session")
def stack_with_key() -> Stack:
    """The stack with a KMS key of its owner."""
    return Stack({"KmsKeyArn": KEY})


@pytest.fixture(scope="session")
def stack_with_fan_out() -> Stack:
    """The stack with the state machine."""
    return Stack({"FanOut": "true"})
