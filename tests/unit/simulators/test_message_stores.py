"""What lies behind message logs, queues, data stores, variables, number ranges, log files."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import timedelta

import pytest

from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, GUID
from tests.unit.simulators.conftest import Caller, MovedClock

LOG = f"MessageProcessingLogs('{GUID}')"
COMPLETED = "MessageProcessingLogs('AGo2YYq9SRemeZqvs3q2SSi-sRdy')"
STORE = "DataStores(DataStoreName='Orders%2F2026%20%C3%BC',IntegrationFlow='Send_Orders',Type='')"


def test_a_failed_log_tells_its_error_and_a_completed_one_has_none(whole: Caller) -> None:
    error = whole.get(f"{LOG}/ErrorInformation/$value")

    assert "it's broken & so" in error.text
    assert error.headers["Content-Type"].startswith("text/plain")
    assert whole.entity(f"{LOG}/ErrorInformation")["LastErrorModelStepId"] == "MessageFlow_11"
    assert whole.get(f"{COMPLETED}/ErrorInformation").status_code == 404
    assert whole.get(f"{COMPLETED}/ErrorInformation/$value").status_code == 404


def test_an_attachment_is_listed_with_its_size_and_downloaded(whole: Caller) -> None:
    first, second = whole.rows(f"{LOG}/Attachments")

    content = whole.get(f"MessageProcessingLogAttachments('{first['Id']}')/$value").content

    assert int(first["PayloadSize"]) == len(content)
    assert second["Name"] == "../what went: wrong?.txt"
    assert first["__metadata"]["content_type"] == "application/xml"
    assert len(whole.rows(f"{COMPLETED}/Attachments")) == 1
    assert whole.get("MessageProcessingLogAttachments('none')/$value").status_code == 404


def test_headers_and_attributes_can_be_filtered_and_chosen(whole: Caller) -> None:
    headers = whole.rows(f"{LOG}/CustomHeaderProperties?$filter=Name eq 'region'")
    attributes = whole.rows(f"{LOG}/AdapterAttributes?$select=Name")

    assert [row["Value"] for row in headers] == ["EMEA"]
    assert set(attributes[0]) == {"__metadata", "Name"}


def test_a_log_is_read_with_what_is_asked_for_beside_it(whole: Caller) -> None:
    log = whole.entity(f"{LOG}?$expand=CustomHeaderProperties,AdapterAttributes")

    assert log["Status"] == "FAILED"
    assert len(log["CustomHeaderProperties"]["results"]) == 2
    assert "__deferred" in log["Attachments"]
    assert whole.get(f"{LOG}?$expand=Nonsense").status_code == 400


def test_stored_payloads_have_properties_and_attachments(whole: Caller) -> None:
    first, second = whole.rows(f"{LOG}/MessageStoreEntries")
    entry = f"MessageStoreEntries('{first['Id']}')"
    attachment = whole.rows(f"{entry}/Attachments")[0]

    assert whole.get(f"{entry}/$value").content.startswith(b"<stored>")
    assert len(whole.rows(f"{entry}/Properties")) == 2
    assert whole.rows(f"MessageStoreEntries('{second['Id']}')/Attachments") == []
    kept = f"MessageStoreEntryAttachments('{attachment['Id']}')"
    assert whole.get(f"{kept}/$value").content.startswith(b"%PDF")
    assert len(whole.rows(f"{kept}/Properties")) == 2


def test_nothing_is_kept_longer_than_its_log(whole: Caller, clock: MovedClock) -> None:
    attachment = whole.rows(f"{LOG}/Attachments")[0]["Id"]

    clock.move(timedelta(days=31))
    whole.fetch_token()

    assert whole.get(f"{LOG}/Attachments").status_code == 404
    assert whole.get(f"MessageProcessingLogAttachments('{attachment}')/$value").status_code == 404


def test_the_broker_shows_its_queues_where_they_are_asked_for(whole: Caller) -> None:
    plain = whole.entity("JmsBrokers('Broker1')")
    full = whole.entity("JmsBrokers('Broker1')?$expand=QueueStates,InactiveQueues")

    assert plain["MaxCapacity"] == "9751756800"
    assert "__deferred" in plain["QueueStates"]
    assert [row["State"] for row in full["QueueStates"]["results"]] == ["0", "1", "2"]
    assert [row["Name"] for row in full["InactiveQueues"]["results"]] == ["Stuck"]
    assert whole.get("JmsBrokers('Broker1')?$expand=Nonsense").status_code == 400


def test_a_tenant_without_a_broker_sends_an_error_without_text(whole: Caller) -> None:
    whole.tenant.content.rows("JmsBrokers").clear()

    responses = [whole.get(path) for path in ("JmsBrokers('Broker1')", "Queues")]

    assert [response.status_code for response in responses] == [500, 500]
    assert [response.json()["error"]["message"]["value"] for response in responses] == [None, None]


def test_a_queue_is_switched_on_and_off(whole: Caller) -> None:
    assert whole.send("POST", "activateQueue?queueName='Stuck'").status_code == 200
    assert whole.entity("Queues('Stuck')")["Active"] == "1"
    assert whole.send("POST", "deactivateQueue?queueName='Stuck'").status_code == 200
    assert whole.entity("Queues('Stuck')")["Active"] == "0"
    assert whole.send("POST", "activateQueue?queueName='none'").status_code == 404


def test_data_store_entries_are_found_downloaded_and_deleted(whole: Caller) -> None:
    rows = whole.rows(f"{STORE}/Entries")
    overdue = whole.rows("DataStoreEntries?overdueonly=true")
    one = whole.rows(f"DataStoreEntries?messageid={rows[1]['MessageId']}")
    key = (
        "DataStoreEntries(Id='entry%200''s',DataStoreName='Orders%2F2026%20%C3%BC',"
        "IntegrationFlow='Send_Orders',Type='')"
    )

    assert (len(rows), len(overdue)) == (3, 1)
    assert one[0]["Id"] == rows[1]["Id"]
    with zipfile.ZipFile(io.BytesIO(whole.get(f"{key}/$value").content)) as archive:
        assert archive.read("body") == b"<order>0</order>"
    assert whole.send("DELETE", key).status_code == 202
    assert whole.entity(STORE)["NumberOfMessages"] == "2"
    assert whole.rows("DataStores?overdueonly=true") == []


def test_a_data_store_is_deleted_with_its_entries(whole: Caller) -> None:
    assert whole.send("DELETE", STORE).status_code == 202

    assert whole.get(f"{STORE}/Entries").status_code == 404
    assert {row["DataStoreName"] for row in whole.rows("DataStoreEntries")} == {"Global store"}


def test_a_variable_is_read_and_deleted(whole: Caller) -> None:
    key = "Variables(VariableName='last%20run',IntegrationFlow='Send_Orders')"

    assert whole.get(f"{key}/$value").content.startswith(b"PK")
    assert whole.send("DELETE", key).status_code == 202
    assert whole.get(key).status_code == 404


def test_a_number_range_is_created_changed_and_deleted(whole: Caller) -> None:
    body = {"Name": "New", "MinValue": "5", "MaxValue": "9"}

    assert whole.send("POST", "NumberRanges", body).status_code == 202
    assert whole.send("POST", "NumberRanges", body).status_code == 400
    assert whole.send("PUT", "NumberRanges('New')", {"MaxValue": "99"}).status_code == 202
    shown = whole.entity("NumberRanges('New')")
    assert (shown["CurrentValue"], shown["MaxValue"]) == ("5", "99")
    assert whole.send("PUT", "NumberRanges('New')", {"Name": "Other"}).status_code == 400
    assert whole.send("DELETE", "NumberRanges('New')").status_code == 202


def test_log_files_are_packed(whole: Caller) -> None:
    row = whole.rows("LogFiles?$filter=LogFileType eq 'trace'")[0]
    content = whole.get(
        f"LogFiles(Name='{row['Name']}',Application='tenant%20iflmap')/$value"
    ).content

    assert int(row["Size"]) == len(content)
    assert gzip.decompress(content).startswith(b"# trace log")


@pytest.mark.parametrize(
    "name", ["IdempotentRepositoryEntries", "GenericIdempotentRepositoryEntries"]
)
def test_a_repository_is_asked_for_one_entry(whole: Caller, name: str) -> None:
    assert len(whole.rows(f"{name}?id=in/file 1.xml")) == 1
    assert whole.rows(f"{name}?id=none") == []


def test_an_id_that_the_mapper_does_not_know_has_no_targets(whole: Caller) -> None:
    assert len(whole.rows("IdMapFromIds('KEY''1')/ToIds")) == 2
    assert whole.rows("IdMapFromIds('none')/ToIds") == []


def test_switches_are_remembered(whole: Caller) -> None:
    status = "ExternalLoggingActivationStatus('example')"
    before = whole.entity(status)["Active"]
    whole.send("POST", "activateExternalLogging?defaultLogLevel=INFO")
    whole.send("POST", "activateArchivingConfiguration")

    assert (before, whole.entity(status)["Active"]) == (False, True)
    assert "true" in whole.get("ArchivingConfigurations('example')").text
    assert "false" in whole.get("B2BArchivingConfigurations('example')").text
    wrong = whole.send("POST", "activateExternalLogging?defaultLogLevel=ALL")
    assert wrong.status_code == 400


def test_the_clock_rules_what_is_created(whole: Caller) -> None:
    whole.send("POST", "NumberRanges", {"Name": "New", "MinValue": "5", "MaxValue": "9"})

    moment = int(EXAMPLE_NOW.timestamp() * 1000)
    assert whole.entity("NumberRanges('New')")["DeployedOn"] == f"/Date({moment})/"
