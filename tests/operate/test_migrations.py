"""The database's forms: the newest is what the classes say, and data goes up and down with them."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from helping import take_in
from sqlalchemy import inspect, text

from sungari.errors import UsageError
from sungari.operate import flags, migrations, packages
from sungari.operate.records import Base
from sungari.operate.register import Register, init, open_register
from sungari.region.package import Region


def test_the_newest_form_is_what_the_classes_say(register: Register) -> None:
    assert ScriptDirectory.from_config(migrations.config()).get_current_head() == migrations.REVISION
    with register.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_down_to_nothing_and_up_again(register: Register, small: Region, url: str) -> None:
    take_in(register, small)
    migrations.downgrade(register.engine, "base")
    with register.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    with pytest.raises(UsageError, match="`sungari register init` makes one"):
        open_register(url)
    again = init(url)
    take_in(again, small)
    with again.reading() as work:
        assert packages.region(work).sha256 == small.sha256
    again.close()


def test_down_one_form_and_up_again_keeps_the_rest(register: Register, small: Region, url: str) -> None:
    take_in(register, small)
    migrations.downgrade(register.engine, "0001")
    with register.engine.connect() as connection:
        assert not {"flag", "rule", "evaluation", "restriction"} & set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT count(*) FROM version")).scalar() == 2
    with pytest.raises(UsageError, match="has the form 0001, this Sungari needs"):
        open_register(url)
    again = init(url)
    with again.reading() as work:
        assert packages.region(work).sha256 == small.sha256
        assert [r["code"] for r in flags.rule_rows(work)][-1] == "restricted"
    again.close()


def test_making_a_register_twice_keeps_what_it_holds(register: Register, small: Region, url: str) -> None:
    take_in(register, small)
    again = init(url)
    with again.reading() as work:
        assert packages.region(work).sha256 == small.sha256
    again.close()


def test_a_register_of_another_form_is_not_touched(register: Register, url: str) -> None:
    with register.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UsageError, match="has the form 9999, this Sungari needs"):
        open_register(url)
    with register.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": migrations.REVISION})


@pytest.mark.parametrize(("url", "why"), [
    ("mysql://x/y", "not in 'mysql'"), ("sqlite://", "an SQLite file or in PostgreSQL"), ("://", "no URL"),
    ("postgresql://u:secret@localhost:1/x", "can't use"),
])  # fmt: skip
def test_databases_that_can_not_be_are_explained(url: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        init(url)
    assert "secret" not in str(caught.value)
