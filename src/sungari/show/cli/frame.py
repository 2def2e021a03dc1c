"""What all commands share: one place that turns results into output and errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import click

from sungari.errors import InputError, NoSolution, SungariError

DONE, NO_SOLUTION, BAD_INPUT, FAULT = 0, 1, 2, 70

#: What a solved plan's JSON holds at least; an error's holds it empty.
_EMPTY: dict[str, Any] = {
    "status": None, "objective": None, "total_cost": None, "welfare": None, "gap": None, "seconds": {},
}  # fmt: skip
#: Problems of a package that are printed in full; the rest are counted.
MOST_PROBLEMS = 40


class Group(click.Group):
    """The group of all commands: lists them as they were added, and handles every error once.

    With ``--json`` standard output carries one JSON object and nothing else, errors included; whatever else writes to
    it, a solver's banner from C for one, goes to standard error.
    """

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, *, standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:  # fmt: skip
        """Run a command and end the process with its exit code."""
        if not standalone_mode or "_SUNGARI_COMPLETE" in os.environ:
            return super().main(args, prog_name, standalone_mode=standalone_mode, **extra)
        given = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in given
        if as_json:
            _divert()
        try:
            code = super().main(given, prog_name, standalone_mode=False, **extra)
        except BrokenPipeError:  # the reader has left: `sungari show … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = DONE
        except (Exception, KeyboardInterrupt) as error:
            code = _report(error, as_json)
        sys.exit(code if isinstance(code, int) else DONE)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order of a planner's work."""
        return list(self.commands)


def _divert() -> None:
    """Send everything that writes to standard output to standard error; :func:`emit` keeps the way out."""
    if sys.stdout is not sys.__stdout__:  # called within another program that has its own standard output
        return
    _way_out.append(os.dup(1))
    os.dup2(2, 1)


_way_out: list[int] = []


def emit(result: Mapping[str, Any]) -> None:
    """Write the one JSON object of a command to standard output."""
    import json
    import math

    def plain(value: Any) -> Any:
        """Plain data; what is not a number (or infinite) becomes null, which JSON has no other word for."""
        if isinstance(value, Mapping):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        if isinstance(value, str | bool | int) or value is None:
            return value
        if hasattr(value, "item"):
            return plain(value.item())
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return None if str(value) == "<NA>" else str(value)

    text = json.dumps(plain(result), ensure_ascii=False, indent=1) + "\n"
    if _way_out:
        with os.fdopen(_way_out.pop(), "w", encoding="utf-8") as out:
            out.write(text)
    else:
        click.echo(text, nl=False)


def say(text: str = "") -> None:
    """Write a line to standard error: progress, notes, anything that is not the result."""
    click.echo(text, err=True)


def _report(error: BaseException, as_json: bool) -> int:
    """Tell the user what went wrong, on standard error and, if wanted, as JSON; return the exit code."""
    code, result, message = _explain(error)
    if message:
        say(message)
    if as_json:
        emit(result)
    return code


def _explain(error: BaseException) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON object and message of an error."""
    if isinstance(error, NoSolution):
        return NO_SOLUTION, no_plan(error), f"{error.status}: {error}"
    if isinstance(error, InputError):
        return BAD_INPUT, invalid(error), _problems(error)
    if isinstance(error, SungariError):
        status = "usage" if error.exit_code == BAD_INPUT else "failed"
        return error.exit_code, {**_EMPTY, "status": status, "message": str(error)}, f"error: {error}"
    if isinstance(error, KeyboardInterrupt | click.Abort):
        message = str(error.__cause__ or error) or "stopped by the user; nothing was written"
        return NO_SOLUTION, {**_EMPTY, "status": "interrupted", "message": message}, f"interrupted: {message}"
    if isinstance(error, click.ClickException):
        context = error.ctx if isinstance(error, click.UsageError) else None
        lines = [f"error: {error.format_message()}"]
        if context is not None:
            lines += [context.get_usage(), f"Try '{context.command_path} --help'."]
        return error.exit_code or BAD_INPUT, {"status": "usage", "message": error.format_message()}, "\n".join(lines)
    if isinstance(error, OSError):
        text = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        return BAD_INPUT, {"status": "usage", "message": text}, f"error: {text}"
    text = f"{type(error).__name__}: {error}"
    trace = "".join(traceback.format_exception(error))
    message = f"{trace}\nThis is a fault in Sungari, not in your input: {text}\nPlease report it with the lines above."
    return FAULT, {"status": "fault", "message": text}, message


def no_plan(error: NoSolution) -> dict[str, Any]:
    """JSON object of a model that has no plan: the keys of a solved one, and the explanation."""
    why = error.explanation
    explanation = {"headline": why.headline, "shortfalls": why.shortfalls, "limits": why.limits}
    return {**_EMPTY, "seconds": error.seconds, "status": error.status, "explanation": explanation}


def invalid(error: InputError) -> dict[str, Any]:
    """JSON object of a bad package."""
    return {"status": "invalid", "what": error.what, "problems": [p.as_dict() for p in error.problems]}


def _problems(error: InputError) -> str:
    shown = error.problems[:MOST_PROBLEMS]
    lines = str(InputError(shown, error.what)).splitlines()
    n = len(error.problems)
    lines[0] = f"{n} problem{'s' if n != 1 else ''} in the {error.what}:"
    if n > len(shown):
        lines.append(f"  … and {n - len(shown)} more; `sungari check PACKAGE --all` lists them")
    return "\n".join(lines)
