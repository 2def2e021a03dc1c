"""Code blocks of a Markdown page, run in order as a reader would, their output held against what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"\d[\d,]*(\.\d+)? s\b")


@dataclass
class Block:
    """A block of shell or Python, the exit code that it should end with, and the output that the page shows."""

    language: str
    body: str
    line: int
    code: int = 0
    shown: str | None = None


def blocks(page: Path) -> list[Block]:
    """The `sh` and `python` blocks of a page; a `text` block is the output of the one before it."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        language, body = match["language"], match["body"]
        if language in ("sh", "python"):
            code = re.search(r"exit=(\d+)", match["rest"])
            line = text[: match.start()].count("\n") + 1
            found.append(Block(language, body, line, int(code[1]) if code else 0))
        elif language == "text" and found:
            found[-1].shown = body
    return found


def run(block: Block, folder: Path) -> str:
    """Run a block in a folder; its output, or a failure that names its line."""
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
    environment |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}
    command = ["bash", "-euo", "pipefail", "-c"] if block.language == "sh" else [sys.executable, "-W", "error", "-c"]
    done = subprocess.run(
        [*command, block.body], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8",
        timeout=900, check=False,
    )  # fmt: skip
    where = f"the {block.language} block at line {block.line}"
    assert done.returncode == block.code, f"{where} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout + (done.stderr if block.code else "")


def same(shown: str, output: str) -> tuple[list[str], list[str]]:
    """Both texts as lines, without what differs from machine to machine: blanks at line ends, seconds."""
    return _lines(shown), _lines(output)


def _lines(text: str) -> list[str]:
    lines = [_SECONDS.sub("… s", line.rstrip()) for line in text.strip("\n").splitlines()]
    return [line for line in lines if line]
