"""An OpenID Connect provider that vouches for people: asked by authorization code, with PKCE, state and nonce.

Authlib speaks the protocol and checks what comes back; here stands which provider, and what is kept of one attempt.
"""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.base_client.sync_openid import OpenIDMixin
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.errors import JoseError

from sungari.errors import Forbidden, UsageError

#: Signatures that are taken: by a key that only the provider has.
SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
#: Seconds: for an answer, that the provider's description and keys are good, that its clock may be off.
PATIENCE, FRESH, LEEWAY = 10.0, 3600.0, 60


@dataclass(frozen=True)
class Attempt:
    """One way to the provider and back: what the browser keeps meanwhile, and nobody else sees."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Attempt:
        return cls(generate_token(43), generate_token(43), generate_token(64))

    def __str__(self) -> str:
        return f"{self.state}.{self.nonce}.{self.verifier}"

    @classmethod
    def read(cls, text: str) -> Attempt:
        """An attempt from what the browser kept.

        Raises
        ------
        Forbidden
            If it is none.
        """
        parts = text.split(".")
        if len(parts) != 3 or not all(len(p) >= 43 for p in parts):
            raise Forbidden("signing in has taken too long or was begun elsewhere; begin again")
        return cls(*parts)


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for; the address only where the provider has verified it."""

    issuer: str
    subject: str
    email: str | None


class Provider(OpenIDMixin):  # type: ignore[misc]
    """A provider.

    Parameters
    ----------
    issuer, client, secret : str
        Its address, and as whom it knows this register.
    """

    def __init__(self, issuer: str, client: str, secret: str) -> None:
        if not issuer.startswith("https://") and not _loopback(issuer):
            raise UsageError("an OIDC provider is asked by https only, not at {issuer!r}", issuer=issuer)
        self.issuer, self.client_id, self._secret = issuer.rstrip("/"), client, secret
        self.server_metadata: dict[str, Any] = {}
        self._read, self._lock = -FRESH, threading.Lock()

    @classmethod
    def from_environment(cls) -> Provider | None:
        """The provider of ``SUNGARI_OIDC_ISSUER``, ``…_CLIENT_ID``, ``…_CLIENT_SECRET``; None where there is none."""
        issuer, client, secret = (os.environ.get(f"SUNGARI_OIDC_{n}", "")
                                  for n in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))  # fmt: skip
        if not issuer:
            return None
        if not client or not secret:
            raise UsageError("SUNGARI_OIDC_ISSUER needs SUNGARI_OIDC_CLIENT_ID and SUNGARI_OIDC_CLIENT_SECRET")
        return cls(issuer, client, secret)

    def begin(self, attempt: Attempt, back: str) -> str:
        """Where a browser goes to sign in.

        Parameters
        ----------
        attempt : Attempt
        back : str
            Address that the provider sends it back to.
        """
        with self._session(back) as session:
            address, _ = session.create_authorization_url(
                self.load_server_metadata()["authorization_endpoint"], state=attempt.state, nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )  # fmt: skip
        return str(address)

    def finish(self, attempt: Attempt, back: str, answer: Mapping[str, str]) -> Person:
        """Who came back.

        Parameters
        ----------
        attempt : Attempt
            As it was begun in the same browser.
        back : str
        answer : mapping
            What the provider's answer says: ``state``, ``code``, ``iss``, ``error``.

        Raises
        ------
        Forbidden
            If the answer is of another attempt, or its token doesn't hold.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
            raise Forbidden("this answer is of another attempt to sign in; begin again")
        metadata = self.load_server_metadata()
        if "iss" in answer and answer["iss"] != metadata["issuer"]:
            raise Forbidden("this answer is of another provider; begin again")
        if "code" not in answer:
            raise Forbidden("the provider did not let you in")
        try:
            with self._session(back) as session:
                token = session.fetch_token(metadata["token_endpoint"], grant_type="authorization_code",
                                            code=answer["code"], code_verifier=attempt.verifier)  # fmt: skip
            claims = self.parse_id_token(token, attempt.nonce, {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": self.client_id},
            }, leeway=LEEWAY)  # fmt: skip
            told = self._told(metadata, token, claims or {})
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError) as error:
            raise Forbidden("the provider's answer does not hold ({name}); begin again",
                            name=type(error).__name__) from error
        if not claims or not claims.get("sub"):
            raise Forbidden("the provider's answer names nobody")
        verified = told.get("email_verified") is True and isinstance(told.get("email"), str)
        return Person(metadata["issuer"], str(claims["sub"]), told["email"] if verified else None)

    def _told(self, metadata: Mapping[str, Any], token: Any, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider says of the person: in the token, or where it says more."""
        if "email" in claims or not metadata.get("userinfo_endpoint"):
            return claims
        with OAuth2Client(self.client_id, token=token, timeout=PATIENCE) as session:
            found: dict[str, Any] = session.get(metadata["userinfo_endpoint"]).raise_for_status().json()
        return found if found.get("sub") == claims.get("sub") else claims

    def load_server_metadata(self) -> dict[str, Any]:
        """The provider's description of itself, as Authlib asks for it.

        Raises
        ------
        UsageError
            If it can't be had, or is another's.
        """
        with self._lock:
            if time.monotonic() - self._read < FRESH:
                return self.server_metadata
            try:
                with httpx2.Client(timeout=PATIENCE) as session:
                    found = session.get(f"{self.issuer}/.well-known/openid-configuration").raise_for_status().json()
            except (httpx2.HTTPError, ValueError) as error:
                raise UsageError("the provider at {issuer} does not answer: {error}",
                                 issuer=self.issuer, error=error) from error
            if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                raise UsageError("the provider at {issuer} says that it is {told!r}",
                                 issuer=self.issuer, told=found.get("issuer"))
            algorithms = found.get("id_token_signing_alg_values_supported") or ["RS256"]
            found["id_token_signing_alg_values_supported"] = [a for a in algorithms if a in SIGNATURES]
            self.server_metadata, self._read = found, time.monotonic()
            return self.server_metadata

    def _session(self, back: str) -> Any:
        return OAuth2Client(self.client_id, self._secret, scope="openid email", redirect_uri=back,
                            code_challenge_method="S256", timeout=PATIENCE)  # fmt: skip

    def _get_session(self) -> Any:
        return self._session("")


def _loopback(address: str) -> bool:
    host = httpx2.URL(address).host
    return address.startswith("http://") and host in ("localhost", "127.0.0.1", "::1")
