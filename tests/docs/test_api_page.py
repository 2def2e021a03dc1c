"""The page on the API is true: its token is given out, and its lines run against a workspace that has started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blocks import ROOT, blocks, run

SHOWN = "http://localhost:8765"


@contextmanager
def workspace(folder: Path) -> Iterator[str]:
    """`sungari serve` on a free port; its address."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "sungari", "serve", "--no-demo", "--port", str(port)]
    with (folder / "served.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/api/v1/openapi.json").close()
                    break
                except urllib.error.URLError:
                    assert server.poll() is None, (folder / "served.log").read_text()
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait()


def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = blocks(ROOT / "docs" / "api.md")
    said = run(first, tmp_path)
    token = re.search(r"sungari_[\w-]+", said)
    assert token
    monkeypatch.setenv("SUNGARI_TOKEN", token[0])
    with workspace(tmp_path) as address:
        outputs = []
        for block in others:
            assert SHOWN in block.body
            block.body = block.body.replace(SHOWN, address)
            outputs.append(run(block, tmp_path))
        curl, python, projects = outputs
        assert '"version":2' in curl
        assert "somebody was faster" not in python
        assert "version 4" in projects
        assert "tender of July" in projects
        assert (tmp_path / "oc4ids.json").stat().st_size > 10_000
    assert os.environ["SUNGARI_TOKEN"] not in (tmp_path / "served.log").read_text()
