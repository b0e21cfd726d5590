"""Reading models that tests describe."""

import io
from collections.abc import Sequence
from typing import Any

from iflow_census.scan.anatomy.model import Channel, IflowModel
from iflow_census.scan.anatomy.reader import read_model
from tests.simulators.cloud_integration.models import ChannelSpec, model_document, model_zip


def read(channels: Sequence[ChannelSpec] = (), parameters: str = "", **parts: Any) -> IflowModel:
    """Read a model with these channels and other parts."""
    return read_model(io.BytesIO(model_zip(model_document(channels, **parts), parameters)))


def read_channel(
    adapter: str, direction: str, properties: dict[str, str], parameters: str = ""
) -> Channel:
    """Read a model with a single channel."""
    (channel,) = read([ChannelSpec(adapter, direction, properties)], parameters).channels
    return channel


def serves(address: str) -> ChannelSpec:
    """A channel by which an iFlow is called at an address of ProcessDirect."""
    return ChannelSpec("ProcessDirect", "Sender", {"address": address}, "Caller")


def calls(address: str) -> ChannelSpec:
    """A channel by which an iFlow calls an address of ProcessDirect."""
    return ChannelSpec("ProcessDirect", "Receiver", {"address": address}, "Callee")
