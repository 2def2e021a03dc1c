"""The tutorial is true: its blocks run in order and print what it shows."""

from __future__ import annotations

from pathlib import Path

from blocks import ROOT, blocks, run, same


def test_tutorial_runs_and_prints_what_it_shows(tmp_path: Path) -> None:
    found = blocks(ROOT / "docs" / "tutorial.md")
    assert len(found) > 8
    assert sum(block.shown is not None for block in found) >= 5
    for block in found:
        output = run(block, tmp_path)
        if block.shown is not None:
            shown, printed = same(block.shown, output)
            assert printed == shown, f"block at line {block.line} printed:\n{output}"
