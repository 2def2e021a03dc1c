"""Two people for an approval: who wrote a thing does not sign it, and nobody signs for two parties."""

from __future__ import annotations

from collections.abc import Iterable

from sungari.errors import Forbidden
from sungari.operate.access.actor import Actor


def demand(actor: Actor, party: str, *, wrote: str | None, signed: Iterable[tuple[str, str | None]]) -> None:
    """Refuse a signature that would make one person of two.

    Whoever has the database itself in hand signs for others on paper, and is not bound.

    Parameters
    ----------
    actor : Actor
        Who is to sign.
    party : str
        For which party.
    wrote : str or None
        Account that last wrote what is signed.
    signed : iterable of (str, str or None)
        Parties that have signed the same, each with its signer's account.

    Raises
    ------
    Forbidden
    """
    if actor.everything:
        return
    if wrote == actor.account:
        raise Forbidden("{name} wrote what is to be signed; somebody else signs it", name=actor.name)
    others = sorted({p for p, account in signed if account == actor.account and p != party})
    if others:
        raise Forbidden("{name} has signed this for {other}; somebody else signs for {party}",
                        name=actor.name, other=others[0], party=party)
