"""Documents that are damaged, hostile or not BPMN."""

import pytest

from iflow_census.scan.anatomy import bpmn
from iflow_census.scan.anatomy.archive import UnreadableModel
from iflow_census.scan.anatomy.bpmn import parse_bpmn
from tests.simulators.cloud_integration.models import ChannelSpec, model_document

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ROOT = f'<b:definitions xmlns:b="{BPMN}" xmlns:i="http:///com.sap.ifl.model/Ifl.xsd">'


def refuse(document: str | bytes) -> str:
    """Return the reason why a document is refused."""
    content = document if isinstance(document, bytes) else document.encode()
    with pytest.raises(UnreadableModel) as caught:
        parse_bpmn([content])
    return str(caught.value)


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
def test_document_type_declaration_is_refused(declaration: str) -> None:
    reason = refuse(f"{declaration}{ROOT}</b:definitions>")

    assert reason == "not a model: the model has a document type declaration"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        f"{ROOT}<b:process>".encode(),
        f"{ROOT}&a;</b:definitions>".encode(),
        b'<?xml version="1.0" encoding="UTF-7"?><a/>',
        b'<?xml version="1.0" encoding="no-such-encoding"?><a/>',
        b"\xff\xfe\x00",
        f"{ROOT}\x00</b:definitions>".encode(),
    ],
)
def test_document_that_is_not_well_formed_is_refused(document: bytes) -> None:
    assert refuse(document) == "not a model: the model is not well-formed XML"


def test_root_of_another_namespace_is_refused() -> None:
    assert refuse("<definitions/>") == "not a model: the model is not a BPMN document"


def test_depth_tags_text_names_and_steps_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpmn, "MAX_TAGS", 100)
    monkeypatch.setattr(bpmn, "MAX_TEXT", 1000)
    monkeypatch.setattr(bpmn, "MAX_KEPT", 50)
    monkeypatch.setattr(bpmn, "MAX_TOKEN_BYTES", 5000)
    monkeypatch.setattr(bpmn, "MAX_NAMES", 50)

    assert "levels" in refuse(ROOT + "<b:process>" * bpmn.MAX_DEPTH)
    assert "tags" in refuse(ROOT + "<a/>" * 101)
    assert "names" in refuse(ROOT + "".join(f"<b:a{number}/>" for number in range(60)))
    assert "properties" in refuse(f"{ROOT}<i:property><value>{'x' * 1001}")
    assert "properties" in refuse(f"{ROOT}<i:property><value>{'x' * 1001}</value>")
    assert "properties" in refuse(f"{ROOT}<b:participant id='{'x' * 1001}'/>")
    assert "tag" in refuse(f"{ROOT}<b:participant id='{'x' * 9000}")
    assert "steps" in refuse(ROOT + "<b:participant/>" * 51)


@pytest.mark.parametrize(
    "content",
    [
        "<a/>" * 98,
        "<b:process>" * (bpmn.MAX_DEPTH - 1) + "</b:process>" * (bpmn.MAX_DEPTH - 1),
        "<b:participant/>" * 50,
        f"<b:participant id='{'x' * 1000}'/>",
        "<b:task><i:property>"
        f"<key>{'k' * 400}</key><value>{'x' * 600}</value></i:property></b:task>",
    ],
    ids=["tags", "levels", "steps", "attributes", "properties"],
)
def test_document_at_a_limit_is_read(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"MAX_TAGS": max(100, content.count("<") + 2), "MAX_TEXT": 1000, "MAX_KEPT": 50}
    for name, limit in limits.items():
        monkeypatch.setattr(bpmn, name, limit)
    document = f"{ROOT}{content}</b:definitions>".encode()

    assert len(parse_bpmn([document])) == content.count("<b:participant") + content.count("<b:task")


def test_document_may_be_longer_than_its_longest_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpmn, "MAX_TOKEN_BYTES", 300)

    assert len(parse_bpmn([f"{ROOT}{'<b:participant/>' * 50}".encode(), b"</b:definitions>"])) == 50


def test_levels_of_a_diagram_and_of_properties_are_limited() -> None:
    assert "tags" in refuse(f"{ROOT}<b:extensionElements>" + "<b:x>" * bpmn.MAX_TAGS)
    assert "tags" in refuse(f"{ROOT}<d:BPMNDiagram xmlns:d='{DI}'>" + "<d:x>" * bpmn.MAX_TAGS)


def test_elements_after_a_diagram_are_read() -> None:
    document = f"""{ROOT}<d:BPMNDiagram xmlns:d="{DI}"><b:participant id="drawn"/><d:BPMNPlane/>
        </d:BPMNDiagram><b:participant id="read"/></b:definitions>"""

    assert [element.id for element in parse_bpmn([document.encode()])] == ["read"]


def test_properties_in_properties_are_refused() -> None:
    document = f"{ROOT}<i:property><i:property/></i:property></b:definitions></b:x>"

    assert refuse(document).startswith("not a model: ")


def test_prefixes_do_not_matter_and_chunks_may_end_anywhere() -> None:
    document = model_document([ChannelSpec("HTTP", "Receiver", {"key": "ä & <b>"})])
    renamed = document.replace(b"b:", b"bpmn2:").replace(b":b=", b":bpmn2=")

    elements = parse_bpmn(renamed[index : index + 1] for index in range(len(renamed)))

    assert elements == parse_bpmn([document])
    (flow,) = [element for element in elements if element.tag == "messageFlow"]
    assert flow.properties["key"] == "ä & <b>"
    assert flow.attributes["sourceRef"] == "N1"


def test_properties_of_other_vendors_are_ignored() -> None:
    document = f"""{ROOT}<b:process id="x"><b:task id="t"><b:extensionElements>
        <property xmlns="urn:other"><key>a</key><value>b</value></property>
        <i:property><value>no key</value></i:property>
        <i:property><key>empty</key></i:property>
        </b:extensionElements></b:task></b:process></b:definitions>"""

    (task,) = parse_bpmn([document.encode()])

    assert task.properties == {"empty": ""}


def test_start_event_without_any_definition_is_read() -> None:
    document = f'{ROOT}<b:process id="x"><b:startEvent id="s"/><b:task id="t"/></b:process>'

    assert [element.id for element in parse_bpmn([f"{document}</b:definitions>".encode()])] == ["s"]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_encoding_is_that_of_the_declaration(encoding: str) -> None:
    document = f"""<?xml version="1.0" encoding="{encoding}"?>{ROOT}
        <b:participant id="p" name="Ger\u00e4t"/></b:definitions>"""

    (participant,) = parse_bpmn([document.encode(encoding)])

    assert participant.attributes["name"] == "Ger\u00e4t"
