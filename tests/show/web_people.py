"""Forms sent without a browser, as somebody who has signed in; and people of two parties."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from web_server import PASSWORD, quick_passwords

from sungari.operate.access import accounts, signing
from sungari.operate.register import Register
from sungari.show.web import shield
from sungari.show.web.app import create

#: A name or text that would be a script where it is not told apart from one.
HOSTILE = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>'
#: Who works in the tests: code, name, roles and parties.
PEOPLE = (
    ("li", "Li Wei", (("committee", "cn"), ("owner", "cn"))),
    ("ivan", "Ivan Petrov", (("committee", "ru"), ("owner", "ru"))),
    ("olga", "Olga Kim", (("reviewer", "ru"), ("compliance", "*"))),
    ("wang", "Wang Fang", (("reviewer", "cn"),)),
)


def add_people(register: Register) -> None:
    """Accounts of two parties, beside those that the workspace has."""
    with quick_passwords(), register.writing("test") as work:
        for code, name, grants in PEOPLE:
            account = accounts.create(work, code, name)
            accounts.set_password(work, account, PASSWORD)
            for role, party in grants:
                accounts.grant(work, code, role, party)


def shielded(register: Register) -> FastAPI:
    """The workspace behind its shield; sign-ins are hardly limited."""
    made = create(register)
    shield.protect(made, shield.Settings(sign_ins="1000 per minute"))
    return made


class Forms(HTMLParser):
    """The forms of a page: each with its address and its fields as they stand."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, Any]]] = []
        self._select = ""
        self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form":
            self.forms.append((at.get("action") or "", {}))
        if not self.forms:
            return
        fields, name = self.forms[-1][1], at.get("name") or ""
        if tag == "input" and name and at.get("type") not in ("file", "submit"):
            box = at.get("type") in ("checkbox", "radio")
            if not box or "checked" in at:
                value = at.get("value") or ("on" if box else "")
                fields[name] = [*fields[name], value] if isinstance(fields.get(name), list) else (
                    [fields[name], value] if box and name in fields else value)
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and ("selected" in at or self._select not in fields):
            fields[self._select] = at.get("value") or ""
        if tag == "textarea":
            self._area = name
            fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][1][self._area] += data


class Visitor:
    """Somebody who reads pages and sends their forms."""

    def __init__(self, app: FastAPI, register: Register, who: str) -> None:
        self.client = TestClient(app, base_url="http://testserver", follow_redirects=False)
        secret = signing.sign_in(register, who, PASSWORD)
        self.client.cookies.set(shield.SESSION, secret)
        self.client.cookies.set("sungari-language", "en")

    def get(self, path: str, status: int = 200, **headers: str) -> str:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-600:])
        return answer.text

    def send(self, page: str, action: str, status: int = 303, files: Any = None, /, **fields: Any) -> str:
        """Send a page's form with some of its fields otherwise; where it leads, or what it answers."""
        found = [f for a, f in Forms(self.get(page)).forms if a == action]
        assert found, f"no form to {action} on {page}"
        return self.post(action, {**found[0], **fields}, status, files)

    def post(self, action: str, fields: dict[str, Any], status: int = 303, files: Any = None) -> str:
        filled = {k: v for k, v in fields.items() if v is not None}
        if "_form" not in filled:
            filled["_form"] = self.secret()
        filled = {"_form": filled.pop("_form"), **filled}
        answer = self.client.post(action, data=filled, files=files)
        assert answer.status_code == status, (action, answer.status_code, answer.text[-1500:])
        return answer.headers["location"] if status == 303 else answer.text

    def secret(self) -> str:
        """What every form of this session carries."""
        found = re.search(r'name="_form" value="(\w+)"', self.get("/projects"))
        assert found is not None
        return found[1]
