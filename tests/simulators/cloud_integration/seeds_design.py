"""Initial rows for artifacts other than iFlows, and for the content of iFlows.

Source of the fields: SAP OpenAPI: IntegrationContent. Mappings, script collection and custom tags
are in the last editable package.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.simulators.cloud_integration.archives import make_bundle
from tests.simulators.cloud_integration.content import Media, Parent, Row, Seed
from tests.simulators.cloud_integration.landscape import Landscape
from tests.simulators.cloud_integration.models import EXAMPLE_MODEL
from tests.simulators.cloud_integration.seeds_stores import DAY

IFLOWS = "IntegrationDesigntimeArtifacts"
SCRIPTS = "ScriptCollectionDesigntimeArtifacts"
_RESOURCES = (
    ("model.iflw", "iflw", EXAMPLE_MODEL, None),
    ("first step.groovy", "groovy", b"def Message processData(Message m) { m }\n", None),
    ("order.xsd", "xsd", b"<xs:schema/>\n", "wsdl"),
)
_TAGS: Row = {
    "customTagsConfiguration": [
        {"tagName": name, "permittedValues": [], "isMandatory": "false"}
        for name in ("Author", "LoB")
    ]
}


def design_seeds(landscape: Landscape, now: int) -> Mapping[str, Seed]:
    """Return the seeds for the initial packages and iFlows."""
    editable = [item.id for item in landscape.packages if item.mode == "EDIT_ALLOWED"]
    package = editable[-1] if editable else ""
    iflows = [item.id for item in landscape.iflows]
    return {
        "MessageMappingDesigntimeArtifacts": lambda: [
            artifact(f"Mapping {number}", package, "order to invoice") for number in (1, 2)
        ],
        "ValueMappingDesigntimeArtifacts": lambda: [
            artifact("Units_of_measure", package, "Units & measures")
        ],
        SCRIPTS: lambda: [artifact("Common_scripts", package, "Common scripts")],
        "IntegrationAdapterDesigntimeArtifacts": lambda: [
            artifact("Own_Adapter", package, "Own adapter")
        ],
        "CustomTags": lambda: [
            {"Name": name, "Value": value, "@parent": ("IntegrationPackages", (package,))}
            for name, value in (("Author", "Anna|Bob"), ("LoB", "Sales"))
        ],
        "CustomTagConfigurations": lambda: [
            {
                "Id": "CustomTags",
                "@media": Media(json.dumps(_TAGS).encode(), "application/json"),
            }
        ],
        "Configurations": lambda: [row for item in iflows for row in configurations(item)],
        "Resources": lambda: (
            [row for item in iflows for row in resources(IFLOWS, item)]
            + list(resources(SCRIPTS, "Common_scripts"))
        ),
        "ValMapSchema": lambda: list(_schemas()),
        "ValMaps": lambda: [
            _mapping(number, source, target)
            for number, (source, target) in enumerate((("ST", "PCE"), ("KG's", "KGM")))
        ],
        "DefaultValMaps": lambda: [_mapping(0, "ST", "PCE")],
        "DesignGuidelineExecutionResults": lambda: [_execution(item, now) for item in iflows[-1:]],
        "IntegrationDesigntimeLocks": lambda: [
            {
                "ResourceId": "0a1b2c",
                "ArtifactId": "Renamed_long_ago",
                "ArtifactName": "Renamed long ago",
                "ArtifactType": "IFlow",
                "PackageId": package,
                "PackageName": package,
                "CreatedAt": now - DAY,
                "CreatedBy": "anna@example.com",
            }
        ],
        "MDIDeltaToken": lambda: [
            {
                "Operation": "READ",
                "Entity": "sap.odm.businesspartner.BusinessPartner",
                "Version": "2.1.1",
                "DeltaToken": "H2311959211u3u",
                "LastUpdateTimestamp": "2026-10-13 04:37:52:550 UTC",
            }
        ],
    }


def artifact(key: str, package: str, name: str, content: bytes | None = None) -> Row:
    """Return a mapping, script collection or adapter."""
    archive = make_bundle(key, name, "1.0.0", {"content.txt": b"content\n"})
    return {
        "Id": key,
        "Version": "1.0.0",
        "PackageId": package,
        "Name": name,
        "Description": "",
        "@media": Media(archive if content is None else content, "application/zip"),
    }


def configuration(iflow: str, name: str, value: str, kind: str = "xsd:string") -> Row:
    """Return an externalized parameter of an iFlow."""
    return {
        "ParameterKey": name,
        "ParameterValue": value,
        "DataType": kind,
        "Description": f"Description of {name}",
        "@parent": (IFLOWS, (iflow,)),
    }


def configurations(iflow: str) -> list[Row]:
    """Return the initial parameters of an iFlow."""
    return [
        configuration(iflow, "Receiver host", f"https://{len(iflow)}.example.com/in?a=b"),
        configuration(iflow, "Timeout/ms", "60000", "xsd:integer"),
        configuration(iflow, "Password alias", "back office's"),
    ]


def resources(owner: str, key: str) -> list[Row]:
    """Return the initial resources of an iFlow or script collection."""
    return [
        resource((owner, (key,)), name, kind, content, reference)
        for name, kind, content, reference in _RESOURCES
        if owner == IFLOWS or kind == "groovy"
    ]


def resource(parent: Parent, name: str, kind: str, content: bytes, reference: str | None) -> Row:
    """Return a resource of an iFlow or script collection."""
    return {
        "Name": name,
        "ResourceType": kind,
        "ReferencedResourceType": reference,
        "ResourceSize": len(content),
        "ResourceSizeUnit": "bytes",
        "@parent": parent,
        "@media": Media(content, file_name=name),
    }


def _schemas() -> list[Row]:
    pair = (("ERP", "Unit's"), ("Shop", "unit"))
    return [
        {
            "SrcAgency": source[0],
            "SrcId": source[1],
            "TgtAgency": target[0],
            "TgtId": target[1],
            "State": "",
            "@parent": ("ValueMappingDesigntimeArtifacts", ("Units_of_measure",)),
        }
        for source, target in (pair, pair[::-1])
    ]


def _mapping(number: int, source: str, target: str) -> Row:
    return {
        "Id": f"6e903c8038295984242f94cf9dc04b5{number}",
        "Value": {"SrcValue": source, "TgtValue": target},
        "@parent": (
            "ValMapSchema",
            ("Units_of_measure", "ERP", "Unit's", "Shop", "unit"),
        ),
    }


def _execution(iflow: str, now: int) -> Row:
    return {
        "ExecutionId": "b609174e95564c0ead17ee319c24bbe7",
        "ArtifactVersion": "1.0.0",
        "ExecutionStatus": "FAIL",
        "ExecutionTime": str(now - DAY),
        "ReportType": None,
        "@parent": (IFLOWS, (iflow,)),
        "@media": Media(b"guideline;compliance\n", "application/vnd.ms-excel", "report.xls"),
        "@guidelines": [
            {
                "GuidelineId": "DEFINE_IDENTIFIERS",
                "GuidelineName": "Define identifiers",
                "Category": "Readability",
                "Severity": "Medium",
                "Applicability": "Applicable",
                "Compliance": "Not Compliant",
                "IsGuidelineSkipped": False,
                "SkipReason": "",
                "SkippedBy": "",
                "ExpectedKPI": "1",
                "ActualKPI": "0",
                "ViolatedComponents": "",
            }
        ],
    }
