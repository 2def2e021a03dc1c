"""The parts of the administration's page, as far as a reader may use them."""

from __future__ import annotations

from sungari.show.i18n import N_
from sungari.show.web.view import View

#: Address, name, and what its reader must be allowed to do.
_PARTS: tuple[tuple[str, str, str], ...] = (
    ("/administration/accounts", N_("Accounts"), "accounts"),
    ("/administration/gates", N_("Gates"), "gates"),
    ("/administration/rules", N_("Rules of red flags"), "rules"),
    ("/administration/kinds", N_("Kinds of cases"), "rules"),
    ("/administration/restrictions", N_("Restrictions"), "restriction.edit"),
    ("/administration/calendars", N_("Calendars"), "settings"),
    ("/administration/trail", N_("Audit trail"), "audit.read"),
    ("/administration/backup", N_("Backup"), "backup"),
)  # fmt: skip


def parts(view: View) -> list[tuple[str, str]]:
    """Parts of the page that the reader may use."""
    return [(path, view.tr(title)) for path, title, action in _PARTS if view.actor.may(action)]
