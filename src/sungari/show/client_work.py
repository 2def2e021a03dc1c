"""The client's calls for jobs, accounts and rows of the region's tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sungari.show.api.models import people, work
from sungari.show.api.models.common import Place
from sungari.show.api.models.records import TableRow, Tried
from sungari.show.wire import Wire

OVER = ("done", "failed", "cancelled")


def _account(code: str) -> str:
    return f"/accounts/{quote(code, safe='')}"


def _table(name: str) -> str:
    return f"/region/tables/{quote(name, safe='')}"


class WorkCalls(Wire):
    """See :class:`sungari.show.client.Client`."""

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def job_kinds(self) -> list[work.JobKind]:
        """What can be run, and what may be asked of each."""
        return self.all_of(work.JobKind, "/job-kinds")

    def jobs(self, *, kind: str | None = None, state: str | None = None, own: bool = False) -> Iterator[work.Job]:
        """Jobs, newest first."""
        return self.parts_of(work.Job, "/jobs", kind=kind, state=state, own=own or None)

    def job(self, number: int) -> work.Job:
        """A job."""
        return self.one(work.Job, "GET", f"/jobs/{number}")

    def start_job(self, kind: str, options: Mapping[str, Any] | None = None, *, why: str = "") -> work.Job:
        """Put a job in the queue."""
        return self.one(work.Job, "POST", "/jobs", json={"kind": kind, "options": dict(options or {})}, why=why)

    def wait_for(self, number: int, *, seconds: float = 3600.0, between: float = 1.0) -> work.Job:
        """A job once it is over, or as it is after so many seconds."""
        until = time.monotonic() + seconds
        while (job := self.job(number)).state not in OVER and time.monotonic() < until:
            time.sleep(between)
        return job

    def cancel_job(self, number: int) -> work.Job:
        """Cancel a job."""
        return self.one(work.Job, "POST", f"/jobs/{number}/cancel")

    def repeat_job(self, number: int, *, why: str = "") -> work.Job:
        """Run a job once more, on the register as it is now."""
        return self.one(work.Job, "POST", f"/jobs/{number}/again", why=why)

    def job_log(self, number: int, *, after: int = 0) -> Iterator[work.Line]:
        """A job's log, oldest line first."""
        return self.parts_of(work.Line, f"/jobs/{number}/log", after=after)

    def job_files(self, number: int, target: Path) -> Path:
        """Write the folder of what a job has made, packed (.zip)."""
        target.write_bytes(self.ask("GET", f"/jobs/{number}/files").content)
        return target

    # -- accounts -----------------------------------------------------------------------------------------------------

    def accounts(self) -> Iterator[people.Account]:
        """All accounts, by code."""
        return self.parts_of(people.Account, "/accounts")

    def account(self, code: str) -> people.Account:
        """An account."""
        return self.one(people.Account, "GET", _account(code))

    def create_account(self, code: str, name: str, **cells: Any) -> people.Account:
        """Add an account; ``email``, ``language`` and ``organisation`` may be given."""
        return self.one(people.Account, "POST", "/accounts", json={"code": code, "name": name, **cells})

    def edit_account(self, code: str, cells: Mapping[str, Any], *, expected: int | None = None) -> people.Account:
        """Change an account's name, email, language or organisation."""
        path = _account(code)
        return self.one(people.Account, "PATCH", path, json=dict(cells), tag=self.tag(path, expected))

    def let_in(self, code: str, active: bool = True) -> people.Account:
        """Let an account in again, or keep it out."""
        path = _account(code)
        return self.one(people.Account, "PUT", f"{path}/active", json={"active": active}, tag=self.tag(path))

    def one_time_password(self, code: str) -> str:
        """Give an account a password that is good for choosing another."""
        return self.one(people.OneTime, "POST", f"{_account(code)}/one-time-password").password

    def take_second_factor_away(self, code: str, *, why: str = "") -> None:
        """Take an account's lost second factor away; its sessions end."""
        self.ask("DELETE", f"{_account(code)}/second-factor", why=why)

    def grants(self, code: str) -> list[people.Granted]:
        """What an account is granted."""
        return self.all_of(people.Granted, f"{_account(code)}/grants")

    def grant(self, code: str, role: str, party: str, *, why: str = "") -> None:
        """Grant a role for a party and all below it, or for all (``*``)."""
        self.ask("PUT", f"{_account(code)}/grants/{quote(role, safe='')}/{quote(party, safe='')}", why=why)

    def revoke(self, code: str, role: str, party: str, *, why: str = "") -> None:
        """Take a grant back."""
        self.ask("DELETE", f"{_account(code)}/grants/{quote(role, safe='')}/{quote(party, safe='')}", why=why)

    def sessions(self, code: str) -> Iterator[people.Login]:
        """An account's open sessions in browsers."""
        return self.parts_of(people.Login, f"{_account(code)}/sessions")

    def end_session(self, number: int) -> None:
        """End a session."""
        self.ask("DELETE", f"/sessions/{number}")

    def tokens(self, code: str) -> Sequence[people.Token]:
        """An account's tokens that are good."""
        return list(self.parts_of(people.Token, f"{_account(code)}/tokens"))

    def issue_token(self, code: str, name: str, scopes: Sequence[str], *, days: int = 90) -> str:
        """Give out a token, shown this once; only where no token asks for it (:meth:`Client.local`)."""
        body = {"name": name, "scopes": list(scopes), "days": days}
        return self.one(people.Secret, "POST", f"{_account(code)}/tokens", json=body).token

    def revoke_token(self, number: int) -> None:
        """End a token; the very next request by it is refused."""
        self.ask("DELETE", f"/tokens/{number}")

    # -- rows of the region's tables ----------------------------------------------------------------------------------

    def rows(self, table: str) -> Iterator[TableRow]:
        """A table's rows in its order, those of projects and parties as well."""
        return self.parts_of(TableRow, f"{_table(table)}/rows")

    def try_row(self, table: str, cells: Mapping[str, Any], position: int | None = None) -> list[Place]:
        """What would be wrong or odd with a row, a new one or in place of another; nothing is written."""
        query = {"position": position}
        return self.one(Tried, "POST", f"{_table(table)}/check", json={"cells": dict(cells)}, query=query).problems

    def add_row(self, table: str, cells: Mapping[str, Any], *, why: str = "") -> TableRow:
        """Add a row."""
        return self.one(TableRow, "POST", f"{_table(table)}/rows", json={"cells": dict(cells)}, why=why)

    def edit_row(self, table: str, row: TableRow, cells: Mapping[str, Any], *, why: str = "") -> TableRow:
        """Put other cells in the place of a row that was seen."""
        path = f"{_table(table)}/rows/{row.position}"
        return self.one(TableRow, "PUT", path, json={"cells": dict(cells)}, tag=row.etag, why=why)

    def remove_row(self, table: str, row: TableRow, *, why: str = "") -> None:
        """Take out a row that was seen."""
        self.ask("DELETE", f"{_table(table)}/rows/{row.position}", tag=row.etag, why=why)
