"""Parse a tenant's `$metadata`."""

import pytest

from iflow_census.cloud_integration import metadata
from iflow_census.cloud_integration.metadata import KeyProperty
from iflow_census.errors import DataError
from tests.simulators.http_server import Response
from tests.unit.cloud_integration.scripted_tenant import ScriptedTenant

DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
    xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
  <edmx:DataServices m:DataServiceVersion="1.0">
    <Schema Namespace="test.api" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
      <EntityType Name="Flow">
        <Key><PropertyRef Name="Id"/><PropertyRef Name="Version"/></Key>
        <Property Name="Id" Type="Edm.Int64"/><Property Name="Version" Type="Edm.String"/>
        <Property Name="Größe" Type="Edm.Int32"/>
      </EntityType>
      <EntityType Name="OldFlow" BaseType="test.api.Flow"><Property Name="X" Type="Edm.String"/>
      </EntityType>
      <ComplexType Name="Pair"><Property Name="Id" Type="Edm.Int32"/></ComplexType>
      <EntityContainer Name="default" m:IsDefaultEntityContainer="true">
        <EntitySet Name="Flows" EntityType="test.api.Flow"/>
        <EntitySet Name="OldFlows" EntityType="test.api.OldFlow"/>
        <EntitySet Name="Unknowns" EntityType="test.api.Missing"/>
        <FunctionImport Name="Deploy" m:HttpMethod="POST"><Parameter Name="Id"/></FunctionImport>
        <FunctionImport Name="Notify"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""
FLOW = (KeyProperty("Id", "Int64"), KeyProperty("Version", "String"))
LOOP = DOCUMENT.replace('<EntityType Name="Flow">', '<EntityType Name="Flow" BaseType="a.OldFlow">')
NO_KEYS = LOOP.replace('<PropertyRef Name="Id"/><PropertyRef Name="Version"/>', "")


def test_metadata_has_keys_and_functions() -> None:
    with ScriptedTenant(Response(200, DOCUMENT.encode(), "application/xml")) as tenant:
        tenant_metadata = metadata.fetch(tenant.api())

    assert tenant_metadata.entity_sets == {"Flows": FLOW, "OldFlows": FLOW, "Unknowns": ()}
    assert tenant_metadata.functions == {"Deploy": "POST", "Notify": "GET"}
    assert tenant.requests[0].path == "/api/v1/$metadata"


def test_cyclic_base_types_are_handled() -> None:
    assert metadata.parse(NO_KEYS.encode()).entity_sets["Flows"] == ()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not XML"),
        ("{}", "not XML"),
        (DOCUMENT[:-20], "not XML"),
        ("<a/>", "has no entity sets"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "has a document type declaration"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "has a document type declaration"),
    ],
)
def test_invalid_metadata_is_rejected(document: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        metadata.parse(document.encode())
