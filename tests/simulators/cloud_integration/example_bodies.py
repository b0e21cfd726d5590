"""Query options and bodies of the example requests, by the name of the operation."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from tests.simulators.cloud_integration.archives import make_bundle
from tests.simulators.cloud_integration.keystore_files import keystore_file
from tests.simulators.cloud_integration.seeds_security import keystore_entry

_PACKAGE = "Orders/Nord's ä"
_PARTNER = "New partner's/1"
_ZIP = base64.b64encode(make_bundle("New_One", "New one", "1.0.0", {"a.txt": b"a"})).decode()
_TEXT = base64.b64encode(b"content\n").decode()
_DER = b"\x30\x03\x02\x01\x05"
_KEYSTORE = base64.b64encode(keystore_file([keystore_entry("imported", 0)])).decode()
_TAGS = base64.b64encode(b'{"customTagsConfiguration": []}').decode()
_ALL = {"returnKeystoreEntries": True}
_PAIR = {"SrcAgency": "ERP", "SrcId": "Unit's", "TgtAgency": "Shop", "TgtId": "unit"}
_VALUES = {"Id": "Units_of_measure", "Version": "active"} | _PAIR
_ARTIFACTS = {
    "IntegrationDesigntimeArtifact": "Send_Orders",
    "MessageMappingDesigntimeArtifact": "Mapping 1",
    "ValueMappingDesigntimeArtifact": "Units_of_measure",
    "ScriptCollectionDesigntimeArtifact": "Common_scripts",
}
_STORE = {"keystoreName": "system"}
_ENTRY = "KeystoreEntries('{Hexalias}')"

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "POST CopyIntegrationPackage": {"Id": "Discover_Editable"},
    **{f"POST Deploy{kind}": {"Id": key, "Version": "active"} for kind, key in _ARTIFACTS.items()},
    **{
        f"POST {kind}SaveAsVersion": {"Id": key, "SaveAsVersion": "2.0.0"}
        for kind, key in _ARTIFACTS.items()
    },
    "POST DeployIntegrationAdapterDesigntimeArtifact": {"Id": "Own_Adapter"},
    "POST ExecuteIntegrationDesigntimeArtifactsGuidelines": {
        "Id": "Send_Orders",
        "Version": "active",
    },
    "POST UpsertValMaps": _VALUES | {"SrcValue": "it's", "TgtValue": "a & b", "IsConfigured": True},
    "POST UpdateDefaultValMap": _VALUES
    | {"ValMapId": "6e903c8038295984242f94cf9dc04b51", "IsConfigured": False},
    "POST DeleteValMaps": _VALUES,
    "GET IdempotentRepositoryEntries": {"id": "in/file 1.xml"},
    "GET GenericIdempotentRepositoryEntries": {"id": "in/file 1.xml"},
    "POST activateExternalLogging": {"defaultLogLevel": "ERROR"},
    "POST activateQueue": {"queueName": "it's slow"},
    "POST deactivateQueue": {"queueName": "it's slow"},
    "GET UserCredentialParameters": {"$filter": "Pid eq 'O''Neill Ltd'"},
    "GET KeystoreEntries": _STORE,
    f"GET {_ENTRY}": _STORE,
    f"GET {_ENTRY}/Certificate/$value": _STORE | {"rootCA": False},
    f"GET {_ENTRY}/ChainCertificates": _STORE,
    f"GET {_ENTRY}/ChainResource/$value": _STORE,
    f"PUT {_ENTRY}": _ALL | {"renameAlias": "renamed & it's"},
    f"DELETE {_ENTRY}": _ALL,
    "PUT CertificateResources('{Hexalias}')/$value": _ALL
    | {"fingerprintVerified": True, "update": True},
    "PUT CertificateChainResources('{Hexalias}')/$value": _ALL | {"fingerprintVerified": True},
    "POST KeyPairGenerationRequests": _ALL,
    "POST RSAKeyGenerationRequests": _ALL,
    "POST SSHKeyGenerationRequests": {"update": True},
    "POST KeyPairResources": _ALL | {"fingerprintVerified": True, "update": False},
    "POST KeystoreResources": _ALL | {"importOption": "merge"},
    "PUT KeystoreResources('system')": _ALL | {"deleteEntries": True},
    "PUT HistoryKeystoreEntries('{Hexalias}')": {"copy": True},
}
"""The required query options."""

_FLOW = "IntegrationDesigntimeArtifacts(Id='{Id}',Version='{Version}')"
_SCRIPTS = "ScriptCollectionDesigntimeArtifacts(Id='{Id}',Version='{Version}')"
_RESOURCE = "Resources(Name='{Name}',ResourceType='{Type}')"
_NEW = {"Id": "New_One", "Name": "New one", "PackageId": _PACKAGE, "ArtifactContent": _ZIP}
_NEW_RESOURCE = {"Name": "new.groovy", "ResourceType": "groovy", "ResourceContent": _TEXT}
_SUBJECT = {"CommonName": "new.example.com", "Organization": "Acme", "Country": "DE"}

BODIES: Mapping[str, Mapping[str, Any] | bytes] = {
    "POST IntegrationPackages": {"Id": "NewPackage", "Name": "New", "ShortText": "New"},
    "PUT IntegrationPackages('{Id}')": {"Name": "Renamed", "ShortText": "Renamed"},
    "PUT IntegrationPackages('{Id}')/$links/CustomTags('{Name}')": {"Value": "Fred|John"},
    "POST CustomTagConfigurations": {"customTagsConfiguration": _TAGS},
    "POST IntegrationDesigntimeArtifacts": _NEW,
    f"PUT {_FLOW}": {"Name": "Renamed", "ArtifactContent": _ZIP},
    f"PUT {_FLOW}/$links/Configurations('{{ParameterKey}}')": {"ParameterValue": "new & 'quoted'"},
    f"POST {_FLOW}/Resources": _NEW_RESOURCE,
    f"PUT {_FLOW}/$links/{_RESOURCE}": {"ResourceContent": _TEXT},
    f"PUT {_FLOW}/$links/DesignGuidelineExecutionResults('{{ExecutionId}}')": {
        "GudelineId": "DEFINE_IDENTIFIERS",
        "IsGuidelineSkipped": True,
        "SkipReason": "Not ours",
    },
    "POST MessageMappingDesigntimeArtifacts": _NEW,
    "PUT MessageMappingDesigntimeArtifacts(Id='{Id}',Version='{Version}')": {"Name": "Renamed"},
    "POST ValueMappingDesigntimeArtifacts": _NEW,
    "POST ScriptCollectionDesigntimeArtifacts": _NEW,
    f"PUT {_SCRIPTS}": {"Name": "Renamed"},
    f"POST {_SCRIPTS}/Resources": _NEW_RESOURCE,
    f"PUT {_SCRIPTS}/$links/{_RESOURCE}": {"ResourceContent": _TEXT},
    "POST IntegrationRuntimeArtifacts": {"BinaryFile": _TEXT},
    "POST IntegrationAdapterDesigntimeArtifacts": {"PackageId": _PACKAGE, "ArtifactContent": _ZIP},
    "POST NumberRanges": {"Name": "New", "MinValue": "1", "MaxValue": "99", "Rotate": "true"},
    "PUT NumberRanges('{objectName}')": {"MaxValue": "999999"},
    "POST AlternativePartners": {"Agency": "A", "Scheme": "S", "Id": "I", "Pid": _PARTNER},
    "PUT AlternativePartners(Hexagency='{Hexagency}',Hexscheme='{Hexscheme}',Hexid='{Hexid}')": {
        "Pid": _PARTNER
    },
    "POST AuthorizedUsers": {"User": "new's", "Pid": _PARTNER},
    "PUT AuthorizedUsers('{User}')": {"Pid": _PARTNER},
    "POST BinaryParameters": {
        "Pid": _PARTNER,
        "Id": "x.xsl",
        "ContentType": "xsl",
        "Value": _TEXT,
    },
    "PUT BinaryParameters(Pid='{Pid}',Id='{Id}')": {"ContentType": "xsl", "Value": _TEXT},
    "POST StringParameters": {"Pid": _PARTNER, "Id": "x", "Value": "=1+1"},
    "PUT StringParameters(Pid='{Pid}',Id='{Id}')": {"Value": "new"},
    "POST UserCredentialParameters": {
        "Pid": _PARTNER,
        "Id": "login",
        "User": "u",
        "Password": "p",
    },
    "POST UserCredentials": {"Name": "new's", "Kind": "default", "User": "u", "Password": "p"},
    "PUT UserCredentials('{Name}')": {"Kind": "default", "User": "u", "Password": "p"},
    "POST SecureParameters": {"Name": "new's", "SecureParam": "s"},
    "PUT SecureParameters('{Name}')": {"SecureParam": "s"},
    "POST OAuth2ClientCredentials": {
        "Name": "new's",
        "TokenServiceUrl": "https://login.example.com/oauth/token",
        "ClientId": "c",
        "ClientSecret": "s",
        "CustomParameters": [{"Key": "k", "Value": "v", "SendAsPartOf": "body"}],
    },
    "PUT OAuth2ClientCredentials('{Name}')": {"ClientSecret": "s"},
    "PUT CertificateResources('{Hexalias}')/$value": _DER,
    "PUT CertificateChainResources('{Hexalias}')/$value": _DER,
    "POST KeyPairGenerationRequests": {"Alias": "new pair", "KeyType": "RSA", "KeySize": 4096}
    | _SUBJECT,
    "POST RSAKeyGenerationRequests": {"Alias": "from file", "RSAFile": _TEXT} | _SUBJECT,
    "POST SSHKeyGenerationRequests": {"SSHFile": _TEXT, "Password": "p"},
    "POST KeyPairResources": {
        "Alias": "from p12",
        "Password": "p",
        "Resource": base64.b64encode(_DER).decode(),
    },
    f"PUT {_ENTRY}": {"Status": None},
    "POST KeystoreResources": {"Name": "system", "Resource": _KEYSTORE, "Password": "p"},
    "PUT KeystoreResources('system')": {"Aliases": "soon;gone"},
    "PUT HistoryKeystoreEntries('{Hexalias}')": {"Status": None},
    "POST CertificateUserMappings": {"User": "new's", "Certificate": _TEXT},
    "POST AccessPolicies": {"RoleName": "New role", "Description": "New"},
    "PATCH AccessPolicies({Id})": {"Description": "Changed"},
    "POST ArtifactReferences": {
        "Name": "New",
        "Description": "",
        "Type": "INTEGRATION_FLOW",
        "ConditionAttribute": "Name",
        "ConditionValue": "Send_Orders",
        "ConditionType": "exactString",
    },
}
