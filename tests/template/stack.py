"""The stack as CloudFormation sees it: template.yaml translated, its functions resolved."""

import json
import os
import re
from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.processes import ROOT, SAM, run

TEMPLATE = ROOT / "template.yaml"

_TRANSLATE = Path(__file__).with_name("translate.py")
_NOTHING = object()
_PLACE = re.compile(r"\$\{(!?)([^}]+)\}")


class Stack:
    """A stack made with some parameters; the others have their defaults.

    What is known only after deployment stays a name: `${CensusBucket.Arn}`, `${AWS::Region}`. A
    parameter can be kept as a name as well, by giving it that name as its value. The stack is
    called `iflow-census`, unless `AWS::StackName` is given.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = {"AWS::StackName": "iflow-census"} | dict(given or {})

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template as written."""
        return translate()["template"]

    @cached_property
    def resources(self) -> Mapping[str, dict[str, Any]]:
        """The resources of which the conditions hold, by logical id, fully resolved."""
        return {
            name: self.resolved(resource)
            for name, resource in translate()["translated"]["Resources"].items()
            if "Condition" not in resource or self._holds(resource["Condition"])
        }

    def of_type(self, kind: str) -> Mapping[str, dict[str, Any]]:
        """The properties of all resources of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def properties(self, name: str) -> dict[str, Any]:
        """The properties of one resource."""
        found: dict[str, Any] = self.resources[name]["Properties"]
        return found

    def parameter(self, name: str) -> Any:
        """The value of a parameter or pseudo parameter, or its name in `${}`."""
        if name in self._given:
            return self._given[name]
        parameters = self.template["Parameters"]
        return parameters[name]["Default"] if name in parameters else f"${{{name}}}"

    def resolved(self, value: Any) -> Any:  # noqa: PLR0911 - one for each function
        """A value without intrinsic functions."""
        match value:
            case {"Ref": "AWS::NoValue"}:
                return _NOTHING
            case {"Ref": name}:
                return self.parameter(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return f"${{{name}.{attribute}}}"
            case {"Fn::Sub": text}:
                return self._filled(text)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolved(parts))
            case {"Fn::Split": [separator, text]}:
                return self.resolved(text).split(separator)
            case {"Fn::If": [condition, yes, no]}:
                return self.resolved(yes if self._holds(condition) else no)
            case dict():
                found = {key: self.resolved(part) for key, part in value.items()}
                return {key: part for key, part in found.items() if part is not _NOTHING}
            case list():
                return [part for part in map(self.resolved, value) if part is not _NOTHING]
            case _:
                return value

    def definition(self, name: str, **deployed: str) -> dict[str, Any]:
        """The definition of a state machine, with the given names and ARNs of resources."""
        substitutions = {**self.properties(name)["DefinitionSubstitutions"]}
        for key, value in substitutions.items():
            resource = re.fullmatch(r"\$\{(\w+)(\.Arn)?\}", value)
            substitutions[key] = deployed.get(resource[1], value) if resource else value
        text = json.dumps(translate()["definition"])
        parsed: dict[str, Any] = json.loads(_PLACE.sub(lambda m: substitutions[m[2]], text))
        return parsed

    def _filled(self, text: Any) -> str:
        template, given = text if isinstance(text, list) else (text, {})
        named = {name: str(self.resolved(value)) for name, value in given.items()}

        def place(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            return named[name] if name in named else str(self.parameter(name))

        return _PLACE.sub(place, template)

    def _holds(self, condition: str) -> bool:
        return self._truth(self.template["Conditions"][condition])

    def _truth(self, test: Any) -> bool:
        match test:
            case {"Fn::Equals": [left, right]}:
                return bool(self.resolved(left) == self.resolved(right))
            case {"Fn::Not": [inner]}:
                return not self._truth(inner)
            case _:
                raise NotImplementedError(f"condition {test}")


def listed(value: Any) -> list[Any]:
    """A list where CloudFormation takes one thing or several."""
    return value if isinstance(value, list) else [value]


@cache
def translate() -> dict[str, dict[str, Any]]:
    """The template as written and as CloudFormation receives it.

    It takes more than a second; the result is kept, so that one of pytest's processes does it.
    """
    sources = (TEMPLATE, ROOT / "statemachine/fan_out.asl.yaml", _TRANSLATE)
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    kept = SAM / f"translated-{digest[:16]}.json"
    if not kept.exists():
        command = [SAM / "bin/python", _TRANSLATE, TEMPLATE]
        ended = run(command, cwd=ROOT, env={"AWS_DEFAULT_REGION": "eu-central-1"})
        assert ended.exit_code == 0, ended.stderr
        for outdated in SAM.glob("translated-*"):
            if outdated.stem != kept.stem:
                outdated.unlink(missing_ok=True)
        written = kept.with_suffix(f".{os.getpid()}")
        written.write_text(ended.stdout, encoding="utf-8")
        written.replace(kept)
    parsed: dict[str, dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return parsed
