"""Working days that several parties have in common: weekends, public holidays, and weekends that are worked instead.

A party keeps the public holidays of its country: the one that it was given, else the one that its code, or that of a
party above it, begins with (``CN-HL``: China). Where none is known only weekends count. What a country's calendar does
not know yet – days that a government has moved, a province's own – is kept party by party.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.operate.desk.records import CalendarDay, PartyCalendar
from sungari.operate.records import Party
from sungari.operate.register import Work
from sungari.region.check.common import chain_of
from sungari.words import Words

if TYPE_CHECKING:
    from holidays import HolidayBase

ONE = timedelta(days=1)
#: Days in a row without one that all parties work; a calendar with more of them is wrong.
LONGEST_BREAK = 366


class Calendar:
    """The days on which all of some parties work.

    Parameters
    ----------
    countries : mapping of str to str
        ISO 3166 code of the country whose holidays each party keeps; empty: none is known.
    own : mapping of str to mapping of date to bool
        Days that a party has otherwise than its country, and whether it works then.

    Examples
    --------
    >>> common = Calendar({"cn": "CN", "ru": "RU"})
    >>> common.after(date(2026, 2, 13), 1).isoformat()  # Spring Festival, then the Defender of the Fatherland
    '2026-02-24'
    >>> Calendar({"cn": "CN"}).works(date(2026, 2, 14))  # a Saturday that is worked for it
    True
    """

    def __init__(self, countries: Mapping[str, str], own: Mapping[str, Mapping[date, bool]] | None = None) -> None:
        self._own = [dict((own or {}).get(party, {})) for party in countries]
        self._holidays = [_holidays(code) for code in countries.values()]
        self._known: dict[date, bool] = {}

    def works(self, day: date) -> bool:
        """Whether all parties work on a day."""
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = all(
                own[day] if day in own else _works(country, day)
                for own, country in zip(self._own, self._holidays, strict=True)
            )
        return found

    def rolled(self, day: date, step: timedelta = ONE) -> date:
        """A day itself where all parties work on it, else the next one (or, stepping back, the last) on which they do.

        Raises
        ------
        UsageError
            If there is none within a year.
        """
        for n in range(LONGEST_BREAK):
            if self.works(day + step * n):
                return day + step * n
        raise UsageError("the parties have no working day in common within a year of {day}; see `sungari desk days`",
                         day=day)

    def after(self, day: date, days: int) -> date:
        """The working day that is so many working days after a day, which itself does not count."""
        for _ in range(days):
            day = self.rolled(day + ONE)
        return day

    def before(self, day: date, days: int) -> date:
        """The working day that is so many working days before a day; the day itself for 0."""
        for _ in range(days):
            day = self.rolled(day - ONE, -ONE)
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after one day up to and with another."""
        return sum(self.works(first + ONE * n) for n in range(1, (last - first).days + 1))


def _holidays(country: str) -> HolidayBase | None:
    if not country:
        return None
    from holidays import country_holidays

    return country_holidays(country)


def _works(country: HolidayBase | None, day: date) -> bool:
    if country is None:
        return day.weekday() < 5
    held = day in country  # takes the year up, its worked weekends as well
    return day in country.weekend_workdays if day.weekday() in country.weekend else not held


# -- whose calendar ---------------------------------------------------------------------------------------------------


def of(work: Work, parties: Iterable[str]) -> Calendar:
    """The calendar that some parties have in common."""
    named = sorted(set(parties))
    above = _parents(work)
    given = {p.party: p.country for p in work.session.scalars(select(PartyCalendar))}
    known = _known()
    countries = {party: _country(chain_of(party, above), given, known) for party in named}
    said: dict[str, dict[date, bool]] = {}
    for day in work.session.scalars(select(CalendarDay)):
        said.setdefault(day.party, {})[day.day] = day.works
    own: dict[str, dict[date, bool]] = {party: {} for party in named}
    for party in named:
        for each in reversed(chain_of(party, above)):  # what is said of a party itself goes over those above it
            own[party].update(said.get(each, {}))
    return Calendar(countries, own)


def countries(work: Work) -> dict[str, str]:
    """The country whose holidays each party keeps; empty where none is known."""
    above, known = _parents(work), _known()
    given = {p.party: p.country for p in work.session.scalars(select(PartyCalendar))}
    return {party: _country(chain_of(party, above), given, known) for party in above}


def _parents(work: Work) -> dict[str, Any]:
    return {p.code: p.parent for p in work.session.scalars(select(Party).order_by(Party.code))}


def _country(chain: Sequence[str], given: Mapping[str, str], known: Set[str]) -> str:
    for party in chain:
        if party in given:
            return given[party]
    for party in chain:
        code = party.split("-")[0].upper()
        if code in known:
            return code
    return ""


def _known() -> set[str]:
    """Countries whose holidays are known, by ISO 3166 code of two letters."""
    from holidays import list_supported_countries

    return {code for code in list_supported_countries() if len(code) == 2}


def set_country(work: Work, party: str, country: str | None) -> None:
    """Say whose public holidays a party keeps.

    Parameters
    ----------
    work : Work
    party : str
    country : str or None
        ISO 3166 code of two letters; ``""``: none, weekends only; None: as its code says.

    Raises
    ------
    InputError
        If there is no such party, or the holidays of the country are not known.
    """
    work.actor.demand("settings", [party])
    problems = _unknown(work, party)
    if country and country not in _known():
        expected = Words("expected an ISO 3166 code of two letters, of a country whose holidays are known")
        problems.append(Problem("party_calendar", None, "country", country, expected, nearest(country, _known()),
                                "kind"))
    if problems:
        raise InputError(problems, "calendar")
    found = work.session.get(PartyCalendar, party)
    if country is None:
        if found is not None:
            work.session.delete(found)
    elif found is None:
        work.session.add(PartyCalendar(party=party, country=country))
    elif found.country != country:
        found.country = country
    work.session.flush()


def set_day(work: Work, party: str, day: date, works: bool | None, name: str = "") -> None:
    """Say that a party (and all that belong to it) works on a day or does not; None: as its country does.

    Deadlines that are running stay as they are.

    Raises
    ------
    InputError
        If there is no such party.
    """
    work.actor.demand("settings", [party])
    if problems := _unknown(work, party):
        raise InputError(problems, "calendar")
    found = work.session.get(CalendarDay, (party, day))
    if works is None:
        if found is not None:
            work.session.delete(found)
    elif found is None:
        work.session.add(CalendarDay(party=party, day=day, works=works, name=name))
    else:
        found.works, found.name = works, name
    work.session.flush()


def own_days(work: Work) -> Sequence[CalendarDay]:
    """Days that parties have otherwise than their countries."""
    return work.session.scalars(select(CalendarDay).order_by(CalendarDay.day, CalendarDay.party)).all()


def _unknown(work: Work, party: str) -> list[Problem]:
    known = _parents(work)
    if party in known:
        return []
    expected = Words("expected a party of the register")
    return [Problem("party_calendar", None, "party", party, expected, nearest(party, known), "unknown-name")]
