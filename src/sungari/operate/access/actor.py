"""Who acts: roles by party, what each role may do, whose confidential records it sees. Nothing else decides that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sungari.errors import Forbidden, either
from sungari.words import Words

#: A role for every party, and the party of whoever has the database itself in hand.
ALL = "*"

#: Actions that are only a part of another, and which: a token can be held to the part; one of the whole has it too.
PARTS = {"calendar.read": "read"}
#: What whoever has any role may do.
LOOK = frozenset({"read", *PARTS})

#: What each role may do, beside looking at what is not confidential to others.
ROLES: dict[str, frozenset[str]] = {
    "viewer": LOOK,
    "analyst": frozenset({*LOOK, "export", "project.edit", "record.edit", "flag.justify", "job.run", "case.raise"}),
    "owner": frozenset({
        *LOOK, "export", "project.create", "project.edit", "project.move", "record.edit", "document.add",
        "flag.justify", "job.run", "case.raise",
    }),
    "reviewer": frozenset({*LOOK, "export", "project.sign", "flag.justify", "case.raise"}),
    "committee": frozenset({*LOOK, "export", "case.raise", "case.handle", "case.sign"}),
    "compliance": frozenset({*LOOK, "export", "restriction.edit", "flag.justify", "case.raise", "audit.read"}),
    "administrator": frozenset({
        *LOOK, "export", "import", "accounts", "rules", "gates", "settings", "audit.read", "backup", "region.edit",
    }),
}  # fmt: skip
#: All that anybody may do.
ACTIONS = frozenset[str]().union(*ROLES.values())


@dataclass(frozen=True)
class Actor:
    """Somebody who reads or writes the register.

    Attributes
    ----------
    account : str
        The account's code; empty for whoever works on the database itself (the command line).
    name : str
        As it stands in the audit trail.
    grants : frozenset of (str, str)
        Role and party; the parties that belong to a granted one are in it as well, ``*`` stands for all.
    scopes : frozenset of str or None
        Actions that an API token is held to; None = all that the roles allow.
    """

    account: str
    name: str
    grants: frozenset[tuple[str, str]]
    scopes: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether it works on the database itself, where no rule of ours can bind it."""
        return not self.account

    @property
    def parties(self) -> frozenset[str]:
        """Parties that it acts for; what these mark confidential it sees."""
        return frozenset(party for _, party in self.grants)

    def sees(self, party: str | None) -> bool:
        """Whether it sees what a party has marked confidential; None = what nobody has."""
        return self.everything or party is None or party in self.parties

    def may(self, action: str, parties: Iterable[str] | None = None) -> bool:
        """Whether it may do something, for one of these parties (None = for any that it acts for)."""
        if self.everything:
            return True
        if self.scopes is not None and not {action, PARTS.get(action, action)} & self.scopes:
            return False
        of = None if parties is None else {*parties, ALL}
        return any(action in ROLES[role] and (of is None or party in of) for role, party in self.grants)

    def demand(self, action: str, parties: Iterable[str] | None = None) -> None:
        """Refuse what it may not do.

        Raises
        ------
        Forbidden
        """
        named = None if parties is None else list(parties)
        if not self.may(action, named):
            who = self.name or self.account
            if named is None:
                raise Forbidden("{who} may not do this ({action})", who=who, action=action)
            parties = either(named) or Words("nobody")
            raise Forbidden("{who} may not do this ({action}) for {parties}", who=who, action=action, parties=parties)


#: Whoever has the database itself in hand: the command line, jobs, migrations.
LOCAL = Actor("", "", frozenset())
