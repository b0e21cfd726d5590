"""The examples in the help of each command."""

from collections.abc import Mapping, Sequence

EXAMPLES: Mapping[str, Sequence[str]] = {
    "run": (
        "run prod.json",
        "run prod=key.json test=env:TEST_KEY --format csv,xlsx",
        "run --stack iflow-census --json",
    ),
    "report list": ("report list --folder census", "report list --stack iflow-census --json"),
    "report get": ("report get 2026-10 --format csv,xlsx --out october",),
    "report open": ("report open 2026-10",),
    "report todo": ("report todo", "report todo 2026-10 --tenant prod --kind failing --csv"),
    "report diff": ("report diff 2026-09 2026-10 --kind edited",),
    "report unused": ("report unused 2026-10 --limit 0",),
    "invoke": (
        "invoke",
        "invoke --period 2026-10 --tenant prod --leanix no",
        "invoke --from-queue",
    ),
    "tenant add": (
        "tenant add prod prod.json",
        "pass show sap/prod | iflow-census tenant add prod -",
    ),
    "tenant list": ("tenant list",),
    "tenant check": ("tenant check prod.json", "tenant check prod test", "tenant check --json"),
    "leanix setup": ("leanix setup prod test --settings leanix.json --dry-run",),
    "leanix inbound": (
        "leanix inbound report.json --test",
        "leanix inbound report.json --secret leanix-secret.json",
    ),
    "leanix unmatched": ("leanix unmatched report.json --systems systems.csv",),
    "leanix run": (
        "leanix run ldif.json",
        "leanix run ldif.json --test --wait",
        "leanix run outbound.json --out export --pretty",
    ),
    "leanix check": ("leanix check prod --secret leanix-secret.json",),
    "leanix stop": ("leanix stop 1d7d3ca5-0d2c-4c2b-9a36-6b9f7c7b2a10",),
    "leanix status": ("leanix status", "leanix status --secret leanix-secret.json --json"),
    "leanix outbound": ("leanix outbound --connector lxdr/iflow-census-export/1.0.0",),
    "api": (
        "api prod GET IntegrationPackages --select Id,Name --table",
        "api prod GET Partners --query '[].Pid'",
        "api --list logs",
    ),
    "package list": ("package list prod.json",),
    "package download": ("package download prod.json Orders --out orders.zip",),
    "package upload": ("package upload test.json orders.zip --overwrite --dry-run",),
    "package create": ("package create test.json Orders --name 'Sales orders'",),
    "package update": ("package update test.json Orders --name 'Sales orders'",),
    "package delete": ("package delete test.json Orders --dry-run",),
    "package copy": ("package copy test.json SAPOrders --suffix v2",),
    "iflow parameters": ("iflow parameters test.json Order_In --output parameters.json",),
    "iflow configure": ("iflow configure test.json Order_In parameters.json --dry-run",),
    "iflow list": ("iflow list prod.json --package Orders",),
    "iflow deploy": ("iflow deploy test.json Order_In --version 1.0.3",),
    "iflow undeploy": ("iflow undeploy test.json Order_In",),
    "iflow download": ("iflow download prod.json Order_In --out order-in.zip",),
    "iflow create": (
        "iflow create test.json Order_In order.zip --name Order \\",
        "    --package Orders",
    ),
    "iflow update": ("iflow update test.json Order_In order.zip --save-as-version 1.0.4",),
    "iflow delete": ("iflow delete test.json Order_In --dry-run",),
    "iflow anatomy": ("iflow anatomy prod.json Order_In",),
    "anatomy": ("anatomy order-in.zip", "anatomy order-in.zip --json"),
    "endpoints": ("endpoints prod.json --iflow Order_In",),
    "logs list": ("logs list prod.json --status failed --since 1d --errors", "logs list prod -f"),
    "logs show": ("logs show prod.json AGT1x2Yz3",),
    "logs attachments": ("logs attachments prod.json AGT1x2Yz3 --out files",),
    "payload list": ("payload list prod.json AGT1x2Yz3",),
    "payload get": ("payload get prod.json AGT1x2Yz3 --out payloads",),
    "logfiles list": ("logfiles list neo.json",),
    "logfiles get": ("logfiles get neo.json ljs_trace.log --application it1 --out logs",),
    "credentials list": ("credentials list prod.json",),
    "credentials create": (
        "credentials create test.json SFTP --user sftp \\",
        "    --password-file password.txt",
    ),
    "credentials update": ("credentials update test.json SFTP --user sftp",),
    "credentials delete": ("credentials delete test.json SFTP",),
    "oauth-credentials list": ("oauth-credentials list prod.json",),
    "oauth-credentials create": (
        "oauth-credentials create test.json CRM --client-id census \\",
        "    --token-url https://login.example.com/token --secret-file secret.txt",
    ),
    "oauth-credentials update": (
        "oauth-credentials update test.json CRM --secret-file secret.txt",
    ),
    "oauth-credentials delete": ("oauth-credentials delete test.json CRM",),
    "keystore list": ("keystore list prod.json --expiring 30",),
    "keystore backup": ("keystore backup test.json",),
    "keystore restore": ("keystore restore test.json --dry-run",),
    "keystore import": ("keystore import test.json keys.p12 --password-file password.txt",),
    "keystore export": ("keystore export prod.json --out keystore.jks",),
    "keystore certificate": ("keystore certificate prod.json sap_cloudintegration --out c.pem",),
    "partners export": ("partners export prod.json partners.csv",),
    "partners import": ("partners import test.json partners.csv --dry-run",),
    "jms": ("jms prod.json",),
    "datastores": ("datastores prod.json --overdue",),
    "variables": ("variables prod.json --json",),
}
"""The arguments of each command, by its name; a line may be a whole pipeline."""


def format_examples(command: str) -> Sequence[str]:
    """Return the lines of a command's examples."""
    return [
        line if "| iflow-census" in line or line.startswith(" ") else f"iflow-census {line}"
        for line in EXAMPLES[command]
    ]
