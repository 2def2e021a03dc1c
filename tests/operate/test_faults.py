"""Processes that are killed while they write, and many that write at once: nothing lost, nothing half-done."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from helping import take_in
from sqlalchemy import func, select

from sungari.errors import Conflict
from sungari.operate import documents, keeping, packages, projects
from sungari.operate.records import Audit, Version
from sungari.operate.register import Register
from sungari.region.package import Region

#: Writes both projects and a document in each transaction, and says a number once it is committed.
WRITER = """
import sys
from sungari.operate import documents, projects
from sungari.operate.register import Register
joint = Register(sys.argv[1], documents=sys.argv[2])
for number in range(int(sys.argv[3]), 10**6):
    with joint.writing("anna", f"write {number}") as work:
        for code in ("bridge", "ferry"):
            content = projects.current(work, code).content
            row = {**content["projects"][0], "capex": float(number)}
            projects.change(work, code, {**content, "projects": [row]})
        documents.add(work, "ferry", b"%PDF-1.7 " + str(number).encode(), "a.pdf", kind="agreement")
    print(number, flush=True)
"""


def cost(register: Register, code: str) -> float:
    with register.reading() as work:
        return float(projects.current(work, code).content["projects"][0]["capex"])


def test_killed_at_any_moment_of_a_write_all_that_was_said_is_there_and_nothing_by_halves(
    register: Register, url: str, small: Region, tmp_path: Path
) -> None:
    take_in(register, small)
    last = 0
    for wait in (0.0, 0.013, 0.037, 0.071):
        child = subprocess.Popen([sys.executable, "-c", WRITER, url, str(register.documents), str(last + 1)],
                                 stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        said = [int(child.stdout.readline()), int(child.stdout.readline())]
        time.sleep(wait)
        child.kill()
        said += [int(line) for line in child.stdout.read().splitlines()]
        child.wait()
        child.stdout.close()
        time.sleep(0.3)  # a commit that was on its way comes through, or does not
        last = int(cost(register, "bridge"))
        assert last >= said[-1]  # what was said to be written is; the next may be too, unsaid
        assert last <= said[-1] + 1
        assert cost(register, "ferry") == last
        with register.reading() as work:
            kept = keeping.listed(work, "document", project="ferry")
            assert len(kept) == last
            assert all(documents.path_of(register, each) for each in kept)
            for code in ("bridge", "ferry"):
                assert projects.get(work, code).version == last + 1
                assert work.session.scalar(select(func.count()).where(Version.project == code)) == last + 1
            told = select(func.count()).where(Audit.record == "version", Audit.why.startswith("write"))
            assert work.session.scalar(told) == 2 * last
    with register.reading() as work:
        assert packages.region(work).table("projects")["capex"].tolist() == [last, last]


@pytest.mark.parametrize("stated", [True, False])
def test_of_many_who_edit_at_once_no_edit_is_lost(register: Register, small: Region, stated: bool) -> None:
    take_in(register, small)
    begin = cost(register, "ferry")
    each, writers = 5, 4

    def write() -> None:
        done = 0
        while done < each:
            with register.reading() as work:
                seen = projects.current(work, "ferry")
            try:
                with register.writing("anna", "one more") as work:
                    if not stated:  # read in the same work, which holds it against the others
                        projects.get(work, "ferry")
                        seen = projects.current(work, "ferry")
                    row = {**seen.content["projects"][0]}
                    row["capex"] += 1.0
                    projects.change(work, "ferry", {**seen.content, "projects": [row]},
                                    expected=seen.number if stated else None)
                done += 1
            except Conflict:
                time.sleep(0.01)

    threads = [Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cost(register, "ferry") == begin + each * writers
