"""Zip files that are damaged, hostile or not an iFlow's."""

import io
import struct
import zipfile

import pytest

from iflow_census.scan.anatomy.archive import (
    MAX_ENTRIES,
    MAX_EXPORTED_BYTES,
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
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MODEL, b"\0" * (MAX_MODEL_BYTES + 1))
    bomb = target.getvalue()

    assert len(bomb) < 100_000
    assert refuse(bomb).startswith("too large: ")


def test_size_that_is_declared_wrongly_is_refused() -> None:
    content = make_zip({MODEL: b"\0" * 100_000})
    lying = content.replace(struct.pack("<L", 100_000), struct.pack("<L", 10))

    assert refuse(lying) == "not a model: the zip file is damaged"


def test_many_entries_are_refused() -> None:
    assert refuse(make_zip({str(number): b"" for number in range(MAX_ENTRIES + 1)})) == (
        f"too large: more than {MAX_ENTRIES} files in the zip file"
    )


def test_directory_beyond_the_limit_is_refused_unread() -> None:
    content = bytearray(model_zip(model_document()))
    content[-10:-6] = struct.pack("<L", 2**31)

    assert refuse(bytes(content)) == "too large: the directory of the zip file"


def test_encrypted_model_is_refused() -> None:
    content = bytearray(model_zip(model_document()))
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1

    assert refuse(bytes(content)) == "not a model: a file in the zip file is encrypted"


def test_unusual_compression_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(MODEL, model_document())

    assert "compression" in refuse(target.getvalue())


def test_export_of_a_package_has_the_models_of_its_iflows() -> None:
    folded = b"Bundle-SymbolicName: Order\r\n _In; singleton:=true\r\nBundle-Name: x\r\n"
    iflow = make_zip({"META-INF/MANIFEST.MF": folded, MODEL: model_document()})
    content = make_zip(
        {
            "resources.cnt": b"",
            "1f_content": iflow,
            "B_content": model_zip(model_document()),
            "mapping_content": make_zip({"a.mmap": b""}),
            "text_content": b"plain",
            "bomb_content": b"\0" * (MAX_EXPORTED_BYTES + 1),
        }
    )

    assert sorted(read_exported_models(io.BytesIO(content))) == ["B", "Order_In"]


def test_export_of_a_package_that_is_damaged_is_refused() -> None:
    with pytest.raises(UnreadableModel):
        read_exported_models(io.BytesIO(b"<html>"))


def test_names_of_entries_are_not_paths() -> None:
    files = {"../../etc/passwd": b"x", "/abs": b"x", MODEL: model_document()}

    with open_project(io.BytesIO(make_zip(files))) as project:
        assert b"".join(project.model()) == model_document()
        assert project.parameters() == b""
