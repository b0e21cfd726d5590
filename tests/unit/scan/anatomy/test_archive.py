"""Zip files that are damaged, hostile or not an iFlow's."""

import io
import struct
import zipfile

import pytest

from iflow_census.scan.anatomy import archive
from iflow_census.scan.anatomy.archive import (
    MAX_MODEL_BYTES,
    UnreadableModel,
    open_project,
)
from iflow_census.scan.anatomy.reader import read_exported_models, read_model
from tests.simulators.cloud_integration.archives import make_zip
from tests.simulators.cloud_integration.models import MODEL_PATH, model_document, model_zip

MODEL = MODEL_PATH.format(name="flow")


def refuse(content: bytes) -> str:
    """Return the reason why a zip file is refused."""
    with pytest.raises(UnreadableModel) as caught:
        read_model(io.BytesIO(content))
    return str(caught.value)


def test_file_that_is_not_a_zip_file_is_refused() -> None:
    assert refuse(b"") == refuse(b"<html>" * 100) == "not a model: the zip file is damaged"


@pytest.mark.parametrize("position", [0, 30, 200, -30, -5])
def test_damaged_zip_file_is_refused(position: int) -> None:
    content = bytearray(model_zip(model_document()))
    for offset in range(5):
        content[position + offset] ^= 0xFF

    assert refuse(bytes(content)).startswith("not a model: ")


def test_zip_file_needs_exactly_one_model() -> None:
    assert refuse(make_zip({"a": b""})) == "not a model: the zip file has 0 .iflw files"
    assert "2 .iflw files" in refuse(make_zip({"a.iflw": b"", "b.iflw": b""}))


def test_export_of_a_package_is_named() -> None:
    assert refuse(make_zip({"resources.cnt": b""})) == (
        "not a model: the zip file is the export of a package"
    )


def test_declared_size_beyond_the_limit_is_refused_before_it_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr(MODEL, b"\0" * (MAX_MODEL_BYTES + 1))
    bomb = target.getvalue()

    assert len(bomb) < 100_000
    assert refuse(bomb).startswith("too large: ")


def test_size_that_is_declared_wrongly_is_refused() -> None:
    content = make_zip({MODEL: b"\0" * 100_000})
    lying = content.replace(struct.pack("<L", 100_000), struct.pack("<L", 10))

    assert refuse(lying) == "not a model: the zip file is damaged"


@pytest.mark.parametrize("name", ["MAX_ENTRIES", "MAX_ZIP_BYTES", "MAX_MODEL_BYTES"])
def test_zip_file_at_a_limit_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = model_zip(model_document(), "a=b")
    used = {
        "MAX_ENTRIES": 2,
        "MAX_ZIP_BYTES": len(content),
        "MAX_MODEL_BYTES": len(model_document()),
    }

    monkeypatch.setattr(archive, name, used[name])
    assert read_model(io.BytesIO(content)) == read_model(io.BytesIO(model_zip(model_document())))
    monkeypatch.setattr(archive, name, used[name] - 1)
    assert refuse(content).startswith("too large: ")


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (2**20, "not a model: the zip file is damaged"),
        (2**20 + 1, "too large: the directory of the zip file"),
        (2**31, "too large: the directory of the zip file"),
    ],
)
@pytest.mark.parametrize("comment", [0, 2**16])
def test_directory_beyond_the_limit_is_refused_unread(size: int, reason: str, comment: int) -> None:
    content = bytearray(model_zip(model_document()))
    content[-10:-6] = struct.pack("<L", size)

    assert refuse(bytes(content) + b"x" * comment) == reason


@pytest.mark.parametrize("comment", [0, 2**16])
def test_directory_of_64_bits_is_refused(comment: int) -> None:
    content = model_zip(model_document())
    end_record = content[-22:]
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)

    assert refuse(content[:-22] + locator + end_record + b"x" * comment) == (
        "too large: a zip file with a 64-bit directory"
    )


def test_encrypted_model_is_refused() -> None:
    content = bytearray(model_zip(model_document()))
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1

    assert refuse(bytes(content)) == "not a model: a file in the zip file is encrypted"


def test_unusual_compression_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as written:
        written.writestr(MODEL, model_document())

    assert "compression" in refuse(target.getvalue())


def test_export_of_a_package_has_the_models_of_its_iflows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folded = b"Bundle-SymbolicName: Order\r\n _In; singleton:=true\r\nBundle-Name: x\r\n"
    iflow = make_zip({"META-INF/MANIFEST.MF": folded, MODEL: model_document()})
    content = make_zip(
        {
            "resources.cnt": b"",
            "mapping_content": make_zip({"a.mmap": b""}),
            "text_content": b"plain",
            "bomb_content": b"\0" * (len(iflow) + 1),
            "1f_content": iflow,
            "B_content": model_zip(model_document()),
        }
    )
    monkeypatch.setattr(archive, "MAX_EXPORTED_BYTES", len(iflow))

    assert sorted(read_exported_models(io.BytesIO(content))) == ["B", "Order_In"]


def test_export_of_a_package_that_is_damaged_is_refused() -> None:
    with pytest.raises(UnreadableModel):
        read_exported_models(io.BytesIO(b"<html>"))


def test_names_of_entries_are_not_paths() -> None:
    files = {"../../etc/passwd": b"x", "/abs": b"x", MODEL: model_document()}

    with open_project(io.BytesIO(make_zip(files))) as project:
        assert b"".join(project.model()) == model_document()
        assert project.parameters() == b""
