"""Documents: kept by hash, known by their bytes, hostile ones refused."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from helping import bare

from sungari.errors import UsageError
from sungari.operate import documents, keeping, projects
from sungari.operate.register import Register

PDF = b"%PDF-1.7\nthe agreement"


def packed(**files: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def test_a_document_is_kept_under_its_hash(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare())
        made = documents.add(work, "bridge", io.BytesIO(PDF), "../../Agreement\x07.pdf", kind="agreement")
        again = documents.add(work, "bridge", PDF, "copy.pdf", kind="agreement")
        assert made.id == again.id
        assert (made.name, made.media_type, made.size) == ("Agreement.pdf", "application/pdf", len(PDF))
        path = documents.path_of(register, made)
    assert path.name == hashlib.sha256(PDF).hexdigest()
    assert path.read_bytes() == PDF
    assert path.is_relative_to(register.documents)
    with register.reading() as work:
        kept = keeping.listed(work, "document", project="bridge")[0]
    path.write_bytes(b"%PDF-1.7\nanother agreement")
    with pytest.raises(UsageError, match="is not what was kept"):
        documents.path_of(register, kept)
    path.unlink()
    with pytest.raises(UsageError, match="is missing"):
        documents.path_of(register, kept)


@pytest.mark.parametrize(("data", "media_type"), [
    (PDF, "application/pdf"), (b"\x89PNG\r\n\x1a\n...", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"),
    ("Протокол, 纪要\n".encode(), "text/plain"),
    (packed(word__document_xml="x").replace(b"document_xml", b"document.xml"),
     "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (packed(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
])  # fmt: skip
def test_what_a_file_is_its_bytes_say(data: bytes, media_type: str) -> None:
    assert documents.type_of(data) == media_type


@pytest.mark.parametrize(("data", "why"), [
    (b"<html><script>alert(1)</script>", "web pages"), (b"\n <svg onload='x'>", "web pages"),
    (b"<?xml version='1.0'?><!DOCTYPE x>", "web pages"), (b"MZ\x90\x00\x03", "not a kind of document"),
    (b"\x7fELF\x02\x01", "not a kind of document"), (b"#!/bin/sh\x00", "not a kind of document"),
    (packed(a="x"), "archives are not taken"), (packed(word__document_xml="x", word__vbaProject_bin="x").replace(
        b"vbaProject_bin", b"vbaProject.bin"), "macros"),
    (packed(bomb=b"\0" * 30_000_000), "unpacks to"), (PDF[:0], "empty"), (b"PK\x03\x04broken", "can't be unpacked"),
])  # fmt: skip
def test_hostile_files_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        documents.type_of(documents.read(data))


def test_a_document_has_a_size_that_it_may_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 2**20)
    with pytest.raises(UsageError, match="larger than 1 MB"):
        documents.read(io.BytesIO(b"x" * (2**20 + 1)))


@pytest.mark.parametrize(("name", "safe"), [
    ("..\\..\\boot.ini", "boot.ini"), ("a\u202efdp.exe", "afdp.exe"), ("...", "document"), ("nul", "_nul"),
    ("x" * 300 + ".pdf", "x" * 116 + ".pdf"), ("договор 合同.pdf", "договор 合同.pdf"), ("a\nb<c>.txt", "ab_c_.txt"),
])  # fmt: skip
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert documents.safe_name(name) == safe
