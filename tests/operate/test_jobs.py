"""Jobs: started, run on one state of the register, kept with what they were made from, cancelled, gone stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from helping import edit, take_in
from sqlalchemy import select

from sungari.chain.plan import Plan
from sungari.decide.study import Part, Study
from sungari.errors import Forbidden, InputError, NoSolution, Unknown, UsageError
from sungari.operate import evaluations, projects
from sungari.operate.access.actor import Actor
from sungari.operate.findings import Evaluation
from sungari.operate.jobs import kinds, queue, results, worker
from sungari.operate.records import Audit
from sungari.operate.register import Register
from sungari.region.package import Region

ANNA = Actor("anna", "Anna", frozenset({("analyst", "ru")}))


def done(register: Register, kind: str, options: dict[str, object] | None = None, actor: Actor = ANNA) -> queue.Aged:
    """A job that was started and carried out in this process."""
    job = queue.start(register, kind, options or {}, actor)
    worker.carry_out(register, job.id)
    with register.reading(actor) as work:
        return queue.aged(work, [queue.get(work, job.id)])[0]


def test_every_kind_of_job_is_made_kept_and_opened(register: Register, small: Region) -> None:
    take_in(register, small)
    asked: dict[str, dict[str, object]] = {
        "plan": {}, "today": {}, "without": {"project": "bridge"}, "appraisal": {"projects": ["ferry"]},
        "portfolio": {"budgets": ["1e6"], "min_gain": {"ru": "1%"}, "nobody_worse": "true"}, "sharing": {},
    }  # fmt: skip
    assert set(asked) == set(kinds.KINDS) - {"study", "fund"}
    with pytest.raises(InputError, match="no project has exposures"):
        queue.start(register, "fund")
    for kind, options in asked.items():
        found = done(register, kind, options)
        assert (found.job.state, found.stale, found.job.reason) == ("done", False, "")
        made = queue.open_result(register, found.job)
        assert isinstance(made, Plan if kind in ("plan", "today", "without") else Part)
        with register.reading() as work:
            kept = work.session.scalars(select(Evaluation).where(Evaluation.job == found.job.id)).all()
            assert [e.kind for e in kept] == [kind]  # the plan of a sharing is the one that is there already
            assert evaluations.plain(made.info) == kept[0].result
            newest = queue.newest(work, kind)
            assert newest is not None
            assert newest.job.id == found.job.id
    with register.reading(ANNA) as work:
        page = queue.listed(work)
        assert [a.job.kind for a in page.rows] == list(asked)[::-1]
        assert any("taken over from job 1" in line.text for line in queue.log_of(work, page.rows[0].job.id))
        assert queue.listed(work, kind="plan", limit=1, offset=1) == ([], 1)
    with register.writing("boris") as work:
        edit(work, "ferry", note="a remark")
        assert not any(a.stale for a in queue.listed(work).rows)
        edit(work, "ferry", capex=123.0)
    with register.reading() as work:
        assert all(a.stale for a in queue.listed(work).rows)
    assert not list(register.studies.glob(".*"))


def test_a_study_is_all_parts_and_what_gates_ask_for(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    found = done(register, "study", {"quick": "true", "budgets": ["1e6"]})
    study = queue.open_result(register, found.job)
    assert isinstance(study, Study)
    assert list(study.parts) == ["today", "plan", "appraisal", "portfolio", "sharing", "fund"]
    with register.reading() as work:
        assert evaluations.appraised(work, "bridge")[0]
        assert {k.evaluation.kind: k.stale for k in evaluations.listed(work)} == dict.fromkeys(study.parts, False)
        lines = [line.text for line in queue.log_of(work, found.job.id)]
        assert lines[0] == "plan begins"
        assert lines[-1].startswith("done in ")


def test_without_a_project_nothing_of_it_is_built(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    made = {p: queue.open_result(register, done(register, "without", {"project": p}).job) for p in ("bridge", "ferry")}
    for project, plan in made.items():
        assert isinstance(plan, Plan)
        assert project not in set(plan.tables["projects"]["project"].astype(str))


def test_what_is_wrong_about_options_comes_in_one_list(register: Register, small: Region) -> None:
    take_in(register, small)
    with pytest.raises(Unknown, match="no job 'apraisal'; did you mean 'appraisal'"):
        queue.start(register, "apraisal")
    with pytest.raises(InputError) as caught:
        queue.start(register, "portfolio", {
            "budgets": ["1e6", "hjl/energy=5e9"], "min_gain": {"rus": "1%"}, "pionts": 4, "frontier": "bugdet",
            "near": "all", "scenarios": True, "time_limit": 0, "fund_capital": "", "nobody_worse": None,
        })  # fmt: skip
    wrong = {p.column: str(p) for p in caught.value.problems}
    assert set(wrong) == {"budgets", "min_gain", "pionts", "frontier", "near", "scenarios", "time_limit"}
    for name, hint in {"budgets": "'hlj'", "pionts": "'points'", "frontier": "'budget'"}.items():
        assert f"did you mean {hint}?" in wrong[name]
    assert "needs rows in scenarios.csv" in wrong["scenarios"]
    with pytest.raises(InputError, match=r"say project"):
        queue.start(register, "without")
    with pytest.raises(InputError, match=r"'bridg'.*did you mean 'bridge'"):
        queue.start(register, "without", {"project": "bridg"})
    with register.reading() as work:
        assert not queue.listed(work).rows


def test_a_job_that_can_not_be_done_says_why_and_leaves_nothing(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        edit(work, "ferry", requires="bridge", excludes="bridge", committed=True)
        edit(work, "bridge", committed=True)
    job = queue.start(register, "plan")
    with pytest.raises((NoSolution, InputError)) as caught:
        worker.carry_out(register, job.id)
    with register.reading() as work:
        kept = queue.get(work, job.id)
        assert (kept.state, kept.reason) == ("failed", str(caught.value))
        assert queue.log_of(work, job.id)[-1].text == f"failed: {caught.value}"
        assert not evaluations.listed(work)
    with pytest.raises(UsageError, match="failed: it has no result"):
        queue.open_result(register, kept)
    assert not list(register.studies.iterdir())


def test_cancelled_before_it_began_a_job_never_runs(register: Register, small: Region) -> None:
    take_in(register, small)
    job = queue.start(register, "plan", {}, ANNA)
    with pytest.raises(Forbidden, match="only who started it"):
        queue.cancel(register, job.id, Actor("li", "Li", frozenset({("analyst", "ru")})))
    with pytest.raises(Forbidden):
        queue.cancel(register, job.id, Actor("eve", "Eve", frozenset({("viewer", "*")})))
    assert queue.cancel(register, job.id, ANNA).state == "cancelled"
    assert not worker.carry_out(register, job.id)
    with pytest.raises(Forbidden):
        queue.start(register, "plan", {}, Actor("eve", "Eve", frozenset({("viewer", "*")})))


def test_what_is_confidential_goes_in_for_those_who_see_it_only(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        projects.get(work, "ferry").confidential_to = "ru"
        edit(work, "ferry", capex=76.0)
    li = Actor("li", "Li", frozenset({("analyst", "cn")}))
    seen, unseen = done(register, "plan", actor=ANNA), done(register, "plan", actor=li)
    assert (seen.job.projects, unseen.job.projects) == (["bridge", "ferry"], ["bridge"])
    assert (seen.stale, unseen.stale) == (False, False)
    with register.reading(li) as work:
        assert [a.job.id for a in queue.listed(work).rows] == [unseen.job.id]
        with pytest.raises(Unknown):
            queue.get(work, seen.job.id)
        with pytest.raises(Unknown):
            queue.log_of(work, seen.job.id)
        assert [k.evaluation.job for k in evaluations.listed(work)] == [unseen.job.id]
    with pytest.raises(InputError, match="expected a project of the register"):
        queue.start(register, "without", {"project": "ferry"}, li)
    with register.writing("anna") as work:
        edit(work, "ferry", capex=77.0)
    with register.reading() as work:
        assert [a.stale for a in queue.listed(work).rows] == [False, True]


def test_the_audit_trail_has_a_job_s_beginning_and_end_not_its_progress(register: Register, small: Region) -> None:
    take_in(register, small)
    job = done(register, "plan").job
    with register.reading() as work:
        rows = work.session.scalars(select(Audit).where(Audit.record == "job").order_by(Audit.id)).all()
        assert [(r.action, r.who, r.key) for r in rows] == [("add", "Anna", str(job.id)), ("edit", "Anna", str(job.id))]
        assert set(rows[1].changes) == {"state", "ended", "folder"}


def test_killed_between_its_last_file_and_its_last_word_a_job_goes_on(
    register: Register, small: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(register, small)
    job = queue.start(register, "plan")

    def killed(*_: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(worker, "_keep", killed)
        patch.setattr(worker, "_end", lambda *_: None)
        with pytest.raises(SystemExit):
            worker.carry_out(register, job.id)
    assert results.finished(register, job.id).is_dir()
    with register.noting() as session:
        queue.turn(session, job.id, ("running",), None, state="queued")
    with register.writing("boris") as work:
        edit(work, "ferry", capex=1.0)
    worker.carry_out(register, job.id)
    with register.reading() as work:
        found = queue.aged(work, [queue.get(work, job.id)])[0]
        assert (found.job.state, found.job.attempts, found.stale) == ("done", 2, True)
        assert any(line.text == "plan is there" for line in queue.log_of(work, job.id))
        assert len(evaluations.listed(work)) == 1


def test_results_lie_beside_the_documents(register: Register, tmp_path: Path) -> None:
    assert register.studies == tmp_path / "studies"
