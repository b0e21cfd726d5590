"""Initial rows for security content: credentials, keystores, user mappings, access policies.

Source of the fields: SAP OpenAPI: SecurityContent. Certificates expire in 400, 60, 10 and -3 days,
on both sides of the thresholds of an expiry report.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.simulators.cloud_integration.content import Row, Seed
from tests.simulators.cloud_integration.seeds_stores import DAY, hexadecimal

SYSTEM = "system"
BACKUP = "backup_admin_system"
RENEWAL = "KeyRenewal"
HISTORY = "KeyHistory"
SSH_ALIAS = "id_rsa"
OWN = "Tenant Administrator"
_USER = "security@example.com"
_ALIASES = (
    ("it's ours/prod", "Key Pair", OWN, 400),
    ("partner ü", "Certificate", OWN, 60),
    ("house-bank-client", "Certificate", OWN, 10),
    ("edi-partner-2023", "Certificate", OWN, -3),
    (SSH_ALIAS, "Key Pair", OWN, 700),
    ("sap_cloudintegrationcertificate", "Key Pair", "SAP", 200),
)


def keystore_entry(
    alias: str, now: int, *, days: float = 365, kind: str = "Key Pair", owner: str = OWN
) -> Row:
    """Return an entry that expires in ``days``; ``@store`` is its keystore."""
    return {
        "Hexalias": hexadecimal(alias),
        "Alias": alias,
        "KeyType": "RSA",
        "KeySize": 2048,
        "ValidNotBefore": now - 300 * DAY,
        "ValidNotAfter": now + int(days * DAY),
        "SerialNumber": f"0x{sum(alias.encode()):X}",
        "SignatureAlgorithm": "SHA256withRSA",
        "EllipticCurve": None,
        "Validity": None,
        "SubjectDN": "CN=tenant.example.com, O=Acme, C=DE",
        "IssuerDN": "CN=Example Authority, O=Acme, C=DE",
        "Version": 3,
        "FingerprintSha1": "0D:56:9B:A2",
        "FingerprintSha256": "84:2D:B8:16",
        "FingerprintSha512": "97:0E:B0:69",
        "Type": kind,
        "Owner": owner,
        "LastModifiedBy": _USER if owner == OWN else "SAP",
        "LastModifiedTime": now - 30 * DAY,
        "CreatedBy": _USER if owner == OWN else "SAP",
        "CreatedTime": now - 300 * DAY,
        "Status": "unchanged",
        "@store": SYSTEM,
    }


def security_seeds(now: int) -> Mapping[str, Seed]:
    """Return the seeds; ``now`` in milliseconds."""
    return {
        "UserCredentials": lambda: [
            {
                "Name": name,
                "Kind": "default",
                "Description": "Back office",
                "User": "backoffice",
                "Password": "first-secret",
                "CompanyId": None,
                "SecurityArtifactDescriptor": descriptor(now - DAY),
            }
            for name in ("back office's", "SFTP_User")
        ],
        "SecureParameters": lambda: [
            {
                "Name": name,
                "Description": None,
                "SecureParam": "first-secret",
                "DeployedBy": _USER,
                "DeployedOn": now - 10 * DAY,
                "Status": "DEPLOYED",
            }
            for name in ("api key/1", "token")
        ],
        "OAuth2ClientCredentials": lambda: [
            _client("CRM & ERP", now, [{"Key": "tenant", "Value": "1", "SendAsPartOf": "body"}]),
            _client("HR", now, []),
        ],
        "KeystoreEntries": lambda: [
            *(
                keystore_entry(alias, now, days=days, kind=kind, owner=owner)
                for alias, kind, owner, days in _ALIASES
            ),
            keystore_entry("sap_cloudintegrationcertificate", now, days=900, owner="SAP")
            | {"@store": RENEWAL},
        ],
        "HistoryKeystoreEntries": lambda: [_history(now)],
        "ChainCertificates": lambda: [_link(now, index) for index in (0, 1)],
        "CertificateUserMappings": lambda: [
            {
                "Id": f"abe4f59817b1fj1381v2c35f93f42d8{number}",
                "User": f"supplier {number}",
                "Certificate": b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
                "LastModifiedBy": _USER,
                "LastModifiedTime": now - 5 * DAY,
                "CreatedBy": _USER,
                "CreatedTime": now - 50 * DAY,
                "ValidUntil": now + 100 * DAY,
            }
            for number in (1, 2)
        ],
        "AccessPolicies": lambda: [
            {"Id": 101 + number, "RoleName": name, "Description": "Only for some"}
            for number, name in enumerate(("HR data", "Finance"))
        ],
        "ArtifactReferences": lambda: [
            {
                "Id": 201,
                "Name": "Orders",
                "Description": "",
                "Type": "INTEGRATION_FLOW",
                "ConditionAttribute": "Name",
                "ConditionValue": "Send_Orders",
                "ConditionType": "exactString",
                "@parent": ("AccessPolicies", (101,)),
            }
        ],
    }


def descriptor(deployed_on: int, kind: str = "CREDENTIALS") -> Row:
    """Return the descriptor of a credential; ``deployed_on`` in milliseconds."""
    return {"Type": kind, "DeployedBy": _USER, "DeployedOn": deployed_on, "Status": "DEPLOYED"}


def _client(name: str, now: int, custom: list[Row]) -> Row:
    return {
        "Name": name,
        "Description": " ",
        "TokenServiceUrl": "https://login.example.com/oauth/token",
        "ClientId": "client",
        "ClientSecret": "first-secret",
        "ClientAuthentication": "header",
        "Scope": "read",
        "ScopeContentType": "json",
        "Resource": None,
        "Audience": None,
        "SecurityArtifactDescriptor": descriptor(now - DAY),
        "@custom": custom,
    }


def _history(now: int) -> Row:
    alias = "[1]_sap_cloudintegrationcertificate"
    return keystore_entry(alias, now, days=-30, owner="SAP") | {
        "ActivatedBy": "SAP",
        "ActiveFrom": now - 800 * DAY,
        "DeactivatedBy": "SAP",
        "ActiveUntil": now - 300 * DAY,
        "ActivationSequenceNumber": 1,
        "OriginalAlias": "sap_cloudintegrationcertificate",
        "@store": HISTORY,
    }


def _link(now: int, index: int) -> Row:
    alias = _ALIASES[0][0]
    return keystore_entry(alias, now, days=400 + 1000 * index) | {
        "Index": index,
        "Validity": "valid",
        "@parent": ("KeystoreEntries", (hexadecimal(alias),)),
    }
