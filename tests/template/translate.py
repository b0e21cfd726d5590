"""Translate a SAM template to CloudFormation; runs in the SAM command line's environment.

Prints a JSON object: `template` is the template as written, `translated` what CloudFormation gets,
`definition` the definition of the state machine with its placeholders.
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser  # type: ignore[import-not-found]
from samtranslator.translator.translator import Translator  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]


def main(path: str) -> None:
    """Translate the template and print both."""
    text = Path(path).read_text(encoding="utf-8")
    template: dict[str, Any] = yaml_parse(text)
    source: dict[str, Any] = yaml_parse(text)
    # `sam deploy` uploads the code and replaces the folders with such addresses.
    for name in ("CensusFunction", "ScanFunction"):
        source["Resources"][name]["Properties"]["CodeUri"] = "s3://code/function"
    source["Resources"]["CensusLayer"]["Properties"]["ContentUri"] = "s3://code/layer"
    machine = source["Resources"]["FanOutMachine"]["Properties"]
    definition = yaml_parse((Path(path).parent / machine["DefinitionUri"]).read_text("utf-8"))
    machine["DefinitionUri"] = "s3://code/definition"
    # The map of managed policies is empty: the template names none, so IAM is not called.
    translator = Translator({}, Parser(), boto_session=boto3.Session())
    translated = translator.translate(source, parameter_values={})
    everything = {"template": template, "translated": translated, "definition": definition}
    json.dump(everything, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
