"""Details of message logs; queues, data stores, variables, number ranges, log files."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import timedelta

import pytest

from tests.simulators.cloud_integration.examples import EXAMPLE_NOW, GUID
from tests.unit.simulators.conftest import ManualClock, TenantClient

LOG = f"MessageProcessingLogs('{GUID}')"
COMPLETED = "MessageProcessingLogs('AGo2YYq9SRemeZqvs3q2SSi-sRdy')"
STORE = "DataStores(DataStoreName='Orders%2F2026%20%C3%BC',IntegrationFlow='Send_Orders',Type='')"


def test_only_failed_logs_have_an_error(example: TenantClient) -> None:
    error = example.get(f"{LOG}/ErrorInformation/$value")

    assert "it's broken & so" in error.text
    assert error.headers["Content-Type"].startswith("text/plain")
    assert example.entity(f"{LOG}/ErrorInformation")["LastErrorModelStepId"] == "MessageFlow_11"
    assert example.get(f"{COMPLETED}/ErrorInformation").status_code == 404
    assert example.get(f"{COMPLETED}/ErrorInformation/$value").status_code == 404


def test_attachment_is_listed_and_downloaded(example: TenantClient) -> None:
    first, second = example.rows(f"{LOG}/Attachments")

    content = example.get(f"MessageProcessingLogAttachments('{first['Id']}')/$value").content

    assert int(first["PayloadSize"]) == len(content)
    assert second["Name"] == "../what went: wrong?.txt"
    assert first["__metadata"]["content_type"] == "application/xml"
    assert len(example.rows(f"{COMPLETED}/Attachments")) == 1
    assert example.get("MessageProcessingLogAttachments('none')/$value").status_code == 404


def test_headers_and_attributes_are_filtered_and_selected(example: TenantClient) -> None:
    headers = example.rows(f"{LOG}/CustomHeaderProperties?$filter=Name eq 'region'")
    attributes = example.rows(f"{LOG}/AdapterAttributes?$select=Name")

    assert [row["Value"] for row in headers] == ["EMEA"]
    assert set(attributes[0]) == {"__metadata", "Name"}


def test_log_is_read_with_expanded_properties(example: TenantClient) -> None:
    log = example.entity(f"{LOG}?$expand=CustomHeaderProperties,AdapterAttributes")

    assert log["Status"] == "FAILED"
    assert len(log["CustomHeaderProperties"]["results"]) == 2
    assert "__deferred" in log["Attachments"]
    assert example.get(f"{LOG}?$expand=Nonsense").status_code == 400


def test_stored_payloads_have_properties_and_attachments(example: TenantClient) -> None:
    first, second = example.rows(f"{LOG}/MessageStoreEntries")
    entry = f"MessageStoreEntries('{first['Id']}')"
    attachment = example.rows(f"{entry}/Attachments")[0]

    assert example.get(f"{entry}/$value").content.startswith(b"<stored>")
    assert len(example.rows(f"{entry}/Properties")) == 2
    assert example.rows(f"MessageStoreEntries('{second['Id']}')/Attachments") == []
    attachment_path = f"MessageStoreEntryAttachments('{attachment['Id']}')"
    assert example.get(f"{attachment_path}/$value").content.startswith(b"%PDF")
    assert len(example.rows(f"{attachment_path}/Properties")) == 2


def test_details_expire_with_their_log(example: TenantClient, clock: ManualClock) -> None:
    attachment = example.rows(f"{LOG}/Attachments")[0]["Id"]

    clock.move(timedelta(days=31))
    example.fetch_token()

    assert example.get(f"{LOG}/Attachments").status_code == 404
    assert example.get(f"MessageProcessingLogAttachments('{attachment}')/$value").status_code == 404


def test_broker_is_read_with_expanded_queues(example: TenantClient) -> None:
    broker = example.entity("JmsBrokers('Broker1')")
    full = example.entity("JmsBrokers('Broker1')?$expand=QueueStates,InactiveQueues")

    assert broker["MaxCapacity"] == "9751756800"
    assert "__deferred" in broker["QueueStates"]
    assert [row["State"] for row in full["QueueStates"]["results"]] == ["0", "1", "2"]
    assert [row["Name"] for row in full["InactiveQueues"]["results"]] == ["Stuck"]
    assert example.get("JmsBrokers('Broker1')?$expand=Nonsense").status_code == 400


def test_tenant_without_broker_sends_an_error_without_text(example: TenantClient) -> None:
    example.tenant.content.rows("JmsBrokers").clear()

    responses = [example.get(path) for path in ("JmsBrokers('Broker1')", "Queues")]

    assert [response.status_code for response in responses] == [500, 500]
    assert [response.json()["error"]["message"]["value"] for response in responses] == [None, None]


def test_queue_is_activated_and_deactivated(example: TenantClient) -> None:
    assert example.send("POST", "activateQueue?queueName='Stuck'").status_code == 200
    assert example.entity("Queues('Stuck')")["Active"] == "1"
    assert example.send("POST", "deactivateQueue?queueName='Stuck'").status_code == 200
    assert example.entity("Queues('Stuck')")["Active"] == "0"
    assert example.send("POST", "activateQueue?queueName='none'").status_code == 404


def test_data_store_entries_are_downloaded_and_deleted(example: TenantClient) -> None:
    rows = example.rows(f"{STORE}/Entries")
    overdue = example.rows("DataStoreEntries?overdueonly=true")
    matches = example.rows(f"DataStoreEntries?messageid={rows[1]['MessageId']}")
    key = (
        "DataStoreEntries(Id='entry%200''s',DataStoreName='Orders%2F2026%20%C3%BC',"
        "IntegrationFlow='Send_Orders',Type='')"
    )

    assert (len(rows), len(overdue)) == (3, 1)
    assert matches[0]["Id"] == rows[1]["Id"]
    with zipfile.ZipFile(io.BytesIO(example.get(f"{key}/$value").content)) as archive:
        assert archive.read("body") == b"<order>0</order>"
    assert example.send("DELETE", key).status_code == 202
    assert example.entity(STORE)["NumberOfMessages"] == "2"
    assert example.rows("DataStores?overdueonly=true") == []


def test_data_store_is_deleted_with_its_entries(example: TenantClient) -> None:
    assert example.send("DELETE", STORE).status_code == 202

    assert example.get(f"{STORE}/Entries").status_code == 404
    assert {row["DataStoreName"] for row in example.rows("DataStoreEntries")} == {"Global store"}


def test_variable_is_read_and_deleted(example: TenantClient) -> None:
    key = "Variables(VariableName='last%20run',IntegrationFlow='Send_Orders')"

    assert example.get(f"{key}/$value").content.startswith(b"PK")
    assert example.send("DELETE", key).status_code == 202
    assert example.get(key).status_code == 404


def test_number_range_is_created_updated_and_deleted(example: TenantClient) -> None:
    body = {"Name": "New", "MinValue": "5", "MaxValue": "9"}

    assert example.send("POST", "NumberRanges", body).status_code == 202
    assert example.send("POST", "NumberRanges", body).status_code == 400
    assert example.send("PUT", "NumberRanges('New')", {"MaxValue": "99"}).status_code == 202
    number_range = example.entity("NumberRanges('New')")
    assert (number_range["CurrentValue"], number_range["MaxValue"]) == ("5", "99")
    assert example.send("PUT", "NumberRanges('New')", {"Name": "Other"}).status_code == 400
    assert example.send("DELETE", "NumberRanges('New')").status_code == 202


def test_log_files_are_compressed(example: TenantClient) -> None:
    row = example.rows("LogFiles?$filter=LogFileType eq 'trace'")[0]
    content = example.get(
        f"LogFiles(Name='{row['Name']}',Application='tenant%20iflmap')/$value"
    ).content

    assert int(row["Size"]) == len(content)
    assert gzip.decompress(content).startswith(b"# trace log")


@pytest.mark.parametrize(
    "name", ["IdempotentRepositoryEntries", "GenericIdempotentRepositoryEntries"]
)
def test_repository_requires_an_entry_id(example: TenantClient, name: str) -> None:
    assert len(example.rows(f"{name}?id=in/file 1.xml")) == 1
    assert example.rows(f"{name}?id=none") == []


def test_unknown_mapper_id_has_no_targets(example: TenantClient) -> None:
    assert len(example.rows("IdMapFromIds('KEY''1')/ToIds")) == 2
    assert example.rows("IdMapFromIds('none')/ToIds") == []


def test_switches_keep_their_state(example: TenantClient) -> None:
    status = "ExternalLoggingActivationStatus('example')"
    before = example.entity(status)["Active"]
    example.send("POST", "activateExternalLogging?defaultLogLevel=INFO")
    example.send("POST", "activateArchivingConfiguration")

    assert (before, example.entity(status)["Active"]) == (False, True)
    assert "true" in example.get("ArchivingConfigurations('example')").text
    assert "false" in example.get("B2BArchivingConfigurations('example')").text
    invalid = example.send("POST", "activateExternalLogging?defaultLogLevel=ALL")
    assert invalid.status_code == 400


def test_creation_dates_come_from_the_clock(example: TenantClient) -> None:
    example.send("POST", "NumberRanges", {"Name": "New", "MinValue": "5", "MaxValue": "9"})

    moment = int(EXAMPLE_NOW.timestamp() * 1000)
    assert example.entity("NumberRanges('New')")["DeployedOn"] == f"/Date({moment})/"
