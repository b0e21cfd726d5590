"""The outputs of a CloudFormation stack."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iflow_census.aws.errors import translate_errors
from iflow_census.errors import ConfigurationError

if TYPE_CHECKING:
    import boto3

DEFAULT_STACK = "iflow-census"


class StackOutputs:
    """The outputs of a stack, by key.

    Raises:
        ConfigurationError: the stack does not exist.
    """

    def __init__(self, session: "boto3.Session", name: str) -> None:
        self._name = name
        self._outputs = _read_outputs(session, name)

    def __getitem__(self, key: str) -> str:
        try:
            return self._outputs[key]
        except KeyError:
            raise ConfigurationError(
                f"stack {self._name!r}: no output {key!r}; the stack is not deployed yet, or "
                "was not created from this project's template"
            ) from None

    def get(self, key: str) -> str | None:
        """Return an optional output."""
        return self._outputs.get(key)


def _read_outputs(session: "boto3.Session", name: str) -> Mapping[str, str]:
    hint = f"check --stack and --region ({session.region_name})"
    with translate_errors(f"stack {name!r}", hint=hint):
        stacks = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}
