"""What the outputs of a stack name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from iflow_census.cli.aws import translated
from iflow_census.errors import ConfigurationError

if TYPE_CHECKING:
    import boto3

DEFAULT_STACK = "iflow-census"


class StackOutputs:
    """The outputs of a stack, by key.

    Args:
        session: with the account and region of the stack.
        name: the stack's.

    Raises:
        ConfigurationError: there is no such stack.
    """

    def __init__(self, session: "boto3.Session", name: str) -> None:
        self._name = name
        self._outputs = _outputs(session, name)

    def __getitem__(self, key: str) -> str:
        try:
            return self._outputs[key]
        except KeyError:
            raise ConfigurationError(
                f"stack {self._name!r} has no output {key!r}: it is not deployed yet, or is "
                "another stack"
            ) from None

    def get(self, key: str) -> str | None:
        """An output that a stack may lack."""
        return self._outputs.get(key)


def _outputs(session: "boto3.Session", name: str) -> Mapping[str, str]:
    with translated(f"stack {name}"):
        client = session.client("cloudformation")
        try:
            (found,) = client.describe_stacks(StackName=name)["Stacks"]
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise ConfigurationError(
                f"there is no stack {name!r} in {session.region_name}: name --stack and --region"
            ) from None
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}
