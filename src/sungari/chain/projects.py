"""Projects: what may be built, when it works, what it costs, and what it changes in the other families.

Source: model.md, constraints 3 and 4, and the annuity in the objective.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.chain.effects import MOST_PER_ROW, WAY_COLUMNS, Added, Effect, Ways, row_keys, ways_of
from sungari.chain.ground import Ground
from sungari.chain.program import Block, Floats, Ints, Program
from sungari.chain.rules import add_rules, blocked_by_caps
from sungari.errors import InputError, Problem, UsageError, hinted
from sungari.words import Words


def capital_recovery(rate: float, life: Floats) -> Floats:
    """Capital recovery factor: yearly payment per unit of capital, 1/year.

    Parameters
    ----------
    rate : float
        Discount rate per year.
    life : ndarray of float
        Years.

    Returns
    -------
    ndarray of float
        ``r / (1 − (1 + r)^−life)``; ``1 / life`` at a rate of zero.
    """
    life = np.maximum(life, 1e-9)
    return 1.0 / life if rate == 0 else rate / -np.expm1(-life * np.log1p(rate))


class Projects:
    """All candidate projects of a region, as decisions by year.

    Parameters
    ----------
    ground : Ground
    choice : "best", "none", "all" or list of str
        ``best``: the model chooses; ``none``: nothing but committed projects; ``all`` or a list: these are built for
        sure (in the year the model chooses), and committed ones.
    like : Projects or None
        Whose decisions are to stand here: of the same region with other figures.

    Attributes
    ----------
    project, year : ndarray of int, shape (decisions,)
        Project and model year (index) of each decision.
    operating : ndarray of bool, shape (decisions, Y)
        Model years in which a project so decided works.
    blocked : dict of str to str
        Projects that a rule keeps from being built, with the rule.
    kept : ndarray of bool
        Which of the decisions that the windows allow stand here; the others never work within the horizon.
    """

    def __init__(
        self, ground: Ground, choice: str | Iterable[str] = "best", like: Projects | None = None
    ) -> None:
        self.ground = ground
        self.frame = ground.region.table("projects")
        self.names = pd.Index(self.frame["project"])
        frame = self.frame
        rate = ground.region.settings.discount_rate
        self.lumpy = (frame["lumpy"] == "true").to_numpy(dtype=bool)
        self.whole = (frame["lumpy"] == "whole").to_numpy(dtype=bool)
        self.size_max = frame["size_max"].to_numpy(dtype=float)
        self.size_min = frame["size_min"].to_numpy(dtype=float)
        self.committed = frame["committed"].fillna(False).to_numpy(dtype=bool)
        self.recovery = capital_recovery(rate, frame["life"].to_numpy(dtype=float))
        self.requires = [self._list(v) for v in frame["requires"]]
        self.excludes = [self._list(v) for v in frame["excludes"]]
        self.shares = self._shares()
        self.blocked = blocked_by_caps(self)
        self.choice = choice if isinstance(choice, str) else sorted(choice)
        allowed, forced = self._choice(self.choice)
        self.forced = forced | self.committed
        related = {p for p, q in enumerate(self.requires) if q} | {p for q in self.requires for p in q}
        related |= {p for p, q in enumerate(self.excludes) if q} | {p for q in self.excludes for p in q}
        self.yes_no = self.lumpy | (frame["capex"].to_numpy() > 0) | (frame["opex"].to_numpy() != 0)
        self.yes_no |= self.size_min > 0
        self.yes_no[list(related)] = True
        self._decide(allowed, like)
        self._effects = self._resolve()
        self.added = Added()
        self.columns: dict[str, Block] = {}
        self.unit_column: Ints = np.zeros(0, dtype=np.int64)
        self.unit_size: Floats = np.zeros(0)
        self.built_column: Ints = np.zeros(0, dtype=np.int64)

    # -- reading the tables -------------------------------------------------------------------------------------

    def _list(self, text: Any) -> list[int]:
        if pd.isna(text):
            return []
        found = self.names.get_indexer(pd.Index([t.strip() for t in str(text).split(";") if t.strip()]))
        return [int(i) for i in found if i >= 0]

    def _shares(self) -> list[tuple[Ints, Floats]]:
        """Parties and their shares, project by project; the host (or the first party) where none are stated."""
        ground = self.ground
        table = ground.region.table("shares")
        project = ground.code(self.names, table["project"])
        party = ground.code(ground.parties, table["party"])
        share = table["share"].to_numpy(dtype=float)
        host = ground.party(self.frame["host"], np.zeros(len(self.frame), dtype=np.int64))
        result = []
        for p in range(len(self.names)):
            mine = project == p
            if mine.any():
                result.append((party[mine], share[mine] / share[mine].sum()))
            else:
                result.append((host[[p]], np.ones(1)))
        return result

    def _choice(self, choice: str | Iterable[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        n = len(self.names)
        allowed = np.ones(n, dtype=bool)
        forced = np.zeros(n, dtype=bool)
        if choice == "none":
            allowed = self.committed.copy()
        elif choice == "all":
            forced[:] = True
        elif choice != "best":
            wanted = [choice] if isinstance(choice, str) else list(choice)
            for name in wanted:
                if name not in self.names:
                    raise UsageError(hinted(Words("no project {name!r} in projects.csv", name=name), name, self.names))
            forced = np.asarray(self.names.isin(wanted))
            allowed = forced | self.committed
        allowed &= ~np.asarray(self.names.isin(list(self.blocked)))
        return allowed, forced & allowed

    def _decide(self, allowed: NDArray[np.bool_], like: Projects | None) -> None:
        """Lay out the decisions: which project in which model year, and when it then works."""
        periods = self.ground.periods
        years = periods.years.astype(float)
        first = years
        last = years + np.maximum(periods.span, 1) - 1
        low = self.frame["year_from"].to_numpy(dtype=float, na_value=-np.inf)
        high = self.frame["year_to"].to_numpy(dtype=float, na_value=np.inf)
        lead = self.frame["lead"].to_numpy(dtype=float)
        life = self.frame["life"].to_numpy(dtype=float)
        window = (low[:, None] <= last) & (high[:, None] >= first) & allowed[:, None]
        project, year = np.nonzero(window)
        ready = np.maximum(first[year], low[project]) + lead[project]
        start = np.full(len(project), np.inf)
        for y in reversed(range(len(years))):
            start = np.where(years[y] >= ready - 1e-9, years[y], start)
        operating = (years >= start[:, None]) & (years < (start + life[project])[:, None] - 1e-9)
        # A decision that never works within the horizon only stays where the package commits to it.
        keep = operating.any(axis=1) | self.forced[project]
        if like is not None:
            keep = like.kept if len(like.kept) == len(keep) else keep
        self.kept: NDArray[np.bool_] = keep
        self.project, self.year, self.operating = project[keep], year[keep], operating[keep]

    def _resolve(self) -> dict[str, list[Effect]]:
        region = self.ground.region
        effects = region.table("effects")
        result: dict[str, list[Effect]] = {}
        for table, rows in effects.groupby("table", sort=False):
            keys = row_keys(region.table(str(table)), str(table))
            for project, row, column, change in rows[["project", "row", "column", "change"]].itertuples(index=False):
                p = int(self.names.get_indexer(pd.Index([project]))[0])
                for position in keys.get(str(row), []):
                    result.setdefault(str(table), []).append(Effect(p, position, str(column), float(change)))
        return result

    # -- effects on the other families --------------------------------------------------------------------------

    def effects(self, table: str, *columns: str) -> list[Effect]:
        """Effects on the named columns of a table, of projects that can be decided."""
        alive = set(self.project.tolist())
        return [e for e in self._effects.get(table, []) if e.column in columns and e.project in alive]

    def movable(self, table: str, rows: int, *columns: str) -> NDArray[np.bool_]:
        """Which rows of a table some project may enlarge, shape (rows,)."""
        result = np.zeros(rows, dtype=bool)
        result[[e.row for e in self.effects(table, *columns)]] = True
        return result

    def ways(self, table: str, rows: int) -> Ways:
        """Ways of using each row of a table, given the projects that move its cost, loss or days.

        Raises
        ------
        InputError
            If too many projects do so to one row: every combination of them is a way of its own.
        """
        effects = self.effects(table, *WAY_COLUMNS)
        by_row: dict[int, set[int]] = {}
        for effect in effects:
            by_row.setdefault(effect.row, set()).add(effect.project)
        crowded = {row: found for row, found in by_row.items() if len(found) > MOST_PER_ROW}
        if crowded:
            region = self.ground.region
            raise InputError([
                Problem(f"{table}.csv", region.line(table, row), None, ", ".join(self.names[sorted(found)]),
                        Words("{n} projects move the cost, loss or days of this row; at most {most} can",
                              n=len(found), most=MOST_PER_ROW),
                        Words("leave some out with the choice of projects"), "too-many-ways")
                for row, found in crowded.items()
            ])
        return ways_of(effects, rows, self.size_max)

    def enlarge(
        self,
        program: Program,
        table: str,
        columns: tuple[str, ...],
        row_index: NDArray[np.int64],
        share: Floats,
        owner: Ints,
        component: str,
    ) -> None:
        """Let the sizes of projects move the limits of a family.

        Parameters
        ----------
        program : Program
        table : str
        columns : tuple of str
            Columns of the table whose effects these rows are, ``("capacity",)``.
        row_index : ndarray of int, shape (rows, T)
            The program's row that limits a table row in a period; −1 where there is none.
        share : ndarray of float, shape (rows, T)
            What a yearly unit is worth in the period (days' share times profile factor).
        owner : ndarray of int, shape (rows,)
            Party that holds the row; gives up the rent of what the project adds.
        component : str
            Welfare component in which the owner gives it up.
        """
        for effect in self.effects(table, *columns):
            r = effect.row
            self.move(program, effect.project, effect.change, row_index[r], share[r], int(owner[r]), component)

    def move(
        self,
        program: Program,
        project: int,
        change: float,
        row_index: NDArray[np.int64],
        share: Floats,
        owner: int,
        component: str,
    ) -> None:
        """Let the size of one project move the rows of one limit; `row_index` and `share` have shape (T,)."""
        year = self.ground.periods.year
        for d in np.flatnonzero(self.project == project):
            t = np.flatnonzero(self.operating[d][year] & (row_index >= 0))
            values = -change * self.unit_size[d] * share[t]
            column = np.full(len(t), self.unit_column[d])
            program.add(row_index[t], column, values)
            self.added.rows.append(row_index[t])
            self.added.columns.append(column)
            self.added.values.append(values)
            self.added.owner.append(np.full(len(t), owner))
            self.added.project.append(np.full(len(t), project))
            self.added.family.extend([component] * len(t))

    def gate(
        self,
        program: Program,
        name: str,
        ways: Ways,
        way: Ints,
        period: Ints,
        columns: Ints,
        weight: Floats,
        most: Floats,
    ) -> None:
        """Allow a way only in the measure in which its projects are in operation.

        A size below ``size_max`` opens the way to that share of the row's limit.

        Parameters
        ----------
        way, period, columns, weight : ndarray
            The family's columns: their way, period, absolute index, and load per unit.
        most : ndarray of float, shape (table rows, T)
            Bound on the load of a table row in a period.
        """
        year = self.ground.periods.year
        for w in np.flatnonzero([bool(p) or bool(q) for p, q in zip(ways.projects, ways.rivals, strict=True)]):
            mine = np.flatnonzero(way == w)
            here, position = np.unique(period[mine], return_inverse=True)
            for project, sign in [(p, 1.0) for p in ways.projects[w]] + [(p, -1.0) for p in ways.rivals[w]]:
                limit = most[ways.row[w], here]
                rows = program.add_rows(f"{name}:{w}:{project}", len(here), -np.inf, 0.0 if sign > 0 else limit)
                program.add(rows.start + position, columns[mine], weight[mine])
                for d in np.flatnonzero(self.project == project):
                    t = np.flatnonzero(self.operating[d][year[here]])
                    share = self.unit_size[d] / max(self.size_max[project], 1e-12)
                    program.add(rows.start + t, np.full(len(t), self.unit_column[d]), -sign * limit[t] * share)

    # -- columns and rows ---------------------------------------------------------------------------------------

    def add(self, program: Program) -> None:
        """Add the decisions, their costs, and the rules among them."""
        ground, frame = self.ground, self.frame
        p = self.project
        weight = (self.operating * ground.periods.weight).sum(axis=1)
        fixed = weight * (self.recovery * frame["capex"].to_numpy() + frame["opex"].to_numpy())[p]
        sized = weight * (self.recovery * frame["capex_per_size"].to_numpy() + frame["opex_per_size"].to_numpy())[p]
        yes = np.flatnonzero(self.yes_no[p])
        free = np.flatnonzero(~self.lumpy[p])
        cost = fixed[yes] + np.where(self.lumpy[p[yes]], sized[yes] * self.size_max[p[yes]], 0.0)
        # What must be built and can be decided in one year only is no decision: the model stays linear for it.
        sure = (self.forced & (np.bincount(p, minlength=len(frame)) == 1))[p[yes]]
        built = program.add_columns(
            "built", len(yes), cost, np.where(sure, 1.0, 0.0), 1.0, integer=~sure, decision=True
        )
        size = program.add_columns(
            "size", len(free), sized[free], 0.0, self.size_max[p[free]], integer=self.whole[p[free]], decision=True
        )
        self.columns = {"built": built, "size": size}
        self.built_column = np.full(len(p), -1, dtype=np.int64)
        self.built_column[yes] = built.index
        self.unit_column = self.built_column.copy()
        self.unit_column[free] = size.index
        self.unit_size = np.where(self.lumpy[p], self.size_max[p], 1.0)
        add_rules(self, program)

    def capex(self) -> tuple[Floats, Floats]:
        """Investment per decision: if built at all, and per unit of the size column; money."""
        capex = self.frame["capex"].to_numpy()[self.project]
        per_size = self.frame["capex_per_size"].to_numpy()[self.project]
        return capex, per_size * self.unit_size

    # -- results --------------------------------------------------------------------------------------------------

    def decided(self, x: Floats) -> tuple[Floats, Floats]:
        """Size and 0/1 of each decision in a solution."""
        size = x[self.unit_column] * self.unit_size if len(self.project) else np.zeros(0)
        built = np.where(self.built_column >= 0, x[np.maximum(self.built_column, 0)], size > 0) if len(size) else size
        return size, built.astype(float)

    def result(self, x: Floats) -> pd.DataFrame:
        """Table ``projects``: what is decided when; annuity and opex in money per year of operation."""
        size, built = self.decided(x)
        frame, p = self.frame, self.project
        capex = frame["capex"].to_numpy()[p] * built + frame["capex_per_size"].to_numpy()[p] * size
        opex = frame["opex"].to_numpy()[p] * built + frame["opex_per_size"].to_numpy()[p] * size
        years = self.ground.periods.years
        made = pd.DataFrame({
            "project": self.names.to_numpy()[p].astype(object),
            "year": years[self.year],
            "operates_from": [years[row.argmax()] if row.any() else -1 for row in self.operating],
            "size": size,
            "built": built > 0.5,
            "annuity": self.recovery[p] * capex,
            "capex": capex,
            "opex": opex,
        }).astype({"project": "str", "year": "int64", "operates_from": "int64"})
        return made[(size > 1e-9) | (built > 0.5)].reset_index(drop=True)

    def welfare(self, x: Floats, row_dual: Floats) -> list[tuple[Ints, str, Floats]]:
        """Cost of projects and the rent of the capacity that they add, by the parties' shares; discounted money."""
        size, built = self.decided(x)
        weight = (self.operating * self.ground.periods.weight).sum(axis=1)
        frame, p = self.frame, self.project
        per_year = (self.recovery * frame["capex"].to_numpy() + frame["opex"].to_numpy())[p] * built
        per_year += (self.recovery * frame["capex_per_size"].to_numpy() + frame["opex_per_size"].to_numpy())[p] * size
        result = [item for d, project in enumerate(p) for item in
                  self._split(project, "project cost", -weight[d] * per_year[d])]
        if self.added.rows:
            rows = np.concatenate(self.added.rows)
            rent = row_dual[rows] * np.concatenate(self.added.values) * x[np.concatenate(self.added.columns)]
            owner = np.concatenate(self.added.owner)
            projects = np.concatenate(self.added.project)
            family = np.array(self.added.family)
            for component in np.unique(family):
                mine = family == component
                result.append((owner[mine], str(component), -rent[mine]))
            for project in np.unique(projects):
                result += self._split(int(project), "project rent", float(rent[projects == project].sum()))
        return result

    def _split(self, project: int, component: str, amount: float) -> list[tuple[Ints, str, Floats]]:
        parties, shares = self.shares[project]
        return [(parties, component, shares * amount)]
