"""The algorithm of the original script, for comparison: one request after the other.

Source: "Code your own Cloud Integration report", SAP Community, 2023: packages (one page), their
iFlows, per iFlow the runtime artifact by id and the first page of its logs with `$inlinecount`. It
has no retry; a request that is refused silently leaves its number out.
"""

import json
import sys
from typing import Any
from urllib.parse import quote

import requests


def run(key: dict[str, Any], start: str, end: str) -> dict[str, int]:
    """Count as the script did.

    Args:
        key: the service key.
        start: first moment of the month, as OData writes it.
        end: last moment.

    Returns:
        requests, throttled (429), iflows, messages.
    """
    oauth = key["oauth"]
    session = requests.Session()
    token = session.post(
        oauth["tokenurl"],
        params={"grant_type": "client_credentials"},
        auth=(oauth["clientid"], oauth["clientsecret"]),
        timeout=60,
    ).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    found = {"requests": 1, "throttled": 0, "iflows": 0, "messages": 0}

    def get(path: str) -> Any:
        answer = session.get(f"{oauth['url']}/api/v1/{path}", headers=headers, timeout=60)
        found["requests"] += 1
        found["throttled"] += answer.status_code == requests.codes.too_many_requests
        return answer.json() if answer.ok else None

    packages = get("IntegrationPackages")
    for package in packages["d"]["results"]:
        name = quote(package["Id"].replace("'", "''"))
        iflows = get(f"IntegrationPackages('{name}')/IntegrationDesigntimeArtifacts")
        for iflow in iflows["d"]["results"] if iflows else ():
            found["iflows"] += 1
            iflow_id = quote(iflow["Id"].replace("'", "''"), safe="")
            get(f"IntegrationRuntimeArtifacts('{iflow_id}')")
            logs = get(
                "MessageProcessingLogs?$inlinecount=allpages&$filter="
                f"LogEnd%20ge%20datetime'{start}'%20and%20LogStart%20le%20datetime'{end}'"
                f"%20and%20IntegrationFlowName%20eq%20'{iflow_id}'"
            )
            found["messages"] += int(logs["d"]["__count"]) if logs else 0
    return found


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3])))
