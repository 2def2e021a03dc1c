"""Passwords: hashed by argon2id, long enough, and none that others would guess first."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from sungari.errors import InputError, Problem
from sungari.words import Words

SHORTEST, LONGEST = 12, 200
#: What must be guessed at least to find a password: 10⁸ times, on zxcvbn's scale of 0 to 4.
STRENGTH = 3
_HASHER = PasswordHasher()


def check(password: str, known: Iterable[str] = ()) -> None:
    """Refuse a password that is short, or that is guessed early.

    Parameters
    ----------
    password : str
    known : iterable of str
        What others know of its owner: names, address.

    Raises
    ------
    InputError
    """
    from zxcvbn import zxcvbn

    words = [w.lower() for text in known for w in (text, *text.replace("@", " ").split()) if w]
    expected = ""
    if not SHORTEST <= len(password) <= LONGEST:
        expected = Words("expected {shortest} to {longest} characters", shortest=SHORTEST, longest=LONGEST)
    elif password.lower() in words:
        expected = Words("expected something else than a name")
    elif zxcvbn(password, [*words, "sungari"], max_length=LONGEST)["score"] < STRENGTH:
        expected = Words(
            "expected something that others don't guess: it holds a common word, name, date or row of keys"
        )
    if expected:
        hint = Words("four or more words that don't belong together make a good one")
        raise InputError([Problem("account", None, "password", "", expected, hint, "password")], "account")


def one_time() -> str:
    """A password for the first time: 20 signs that can't be mistaken for each other, about 96 bits."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(5)) for _ in range(4))


def hashed(password: str) -> str:
    """A password as it is kept."""
    return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that is kept; takes as long where none is."""
    try:
        return _HASHER.verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether a password was kept by weaker settings than today's."""
    return _HASHER.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe())


def new_secret() -> str:
    """A secret that no one guesses: 256 bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 of a secret of :func:`new_secret`, as it is kept; such need no slower hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
