"""The health of the tenants in the notice."""

from dataclasses import replace

from iflow_census.report.notice import build_census_notice
from iflow_census.scan.readings import Reading
from tests.unit.report.examples import HEALTH, UNHEALTHY, report, tenant


def test_notice_says_which_health_is_unknown() -> None:
    broker = HEALTH.jms.value
    assert broker is not None
    partly = replace(HEALTH, jms=Reading(replace(broker, queues_used=None)))
    tenants = [
        replace(tenant("dev", []), health=partly),
        replace(tenant("prod", []), health=UNHEALTHY),
        tenant("test", []),
    ]

    notice = build_census_notice(report(*tenants), [], [])

    assert notice.text.split("HEALTH\n")[1].split("\n\n")[0].splitlines() == [
        "dev: certificates that expire within 90 days: 2, artifacts in error: 2, not read: Data "
        "stores",
        "prod: not read: Certificates, JMS message broker, Deployed artifacts in error, Message "
        "mappings, Value mappings, Script collections (deployed), User credentials, OAuth2 client "
        "credentials, Data stores",
    ]
