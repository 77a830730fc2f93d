from __future__ import annotations

from pathlib import Path

from retentiond.domain.definitions import ColumnPlan, HistoryTable
from retentiond.domain.orders import Outcome, Sight
from retentiond.domain.schedule import Action
from tests.connectors.sql.crm import Crm, sqlite_url, write_history
from tests.connectors.sql.whole import whole

_BLANKED = ("plan_id", "duplicate_of", "parent_case")


def test_history_that_triggers_write_goes_last(live: Crm) -> None:
    """What the database wrote about a case, because of our own deletion too, is gone at the commit, and no more."""
    store = write_history(live)
    store.run("INSERT INTO cases_history VALUES (101, 1, 'UPDATE', 'C-1'), (102, 2, 'UPDATE', 'C-2')")
    assert store.faults() == []
    orders = store.orders(1)
    (receipt,) = store.disposed(orders).values()
    assert receipt.outcome is Outcome.DESTROYED
    assert int(receipt.evidence["table cases_history"]) >= 2
    assert set(whole(store.owner)["cases_history"]) == {(102,)}
    assert store.sighted(orders)["1"].sight is Sight.GONE
    store.run("INSERT INTO cases_history VALUES (103, 1, 'DELETE', 'C-1')")
    assert store.sighted(orders)["1"].sight is Sight.PRESENT


def test_history_of_an_anonymised_record_tells_nothing(live: Crm) -> None:
    """The update that anonymises writes the name into the history; it goes from there as well."""
    store = write_history(live)
    orders = store.orders(1, action=Action.ANONYMISE)
    (receipt,) = store.disposed(orders).values()
    assert receipt.outcome is Outcome.ANONYMISED
    assert whole(store.owner)["cases_history"] == {}
    assert store.sighted(orders)["1"].sight is Sight.ANONYMISED
    store.run("INSERT INTO cases_history VALUES (103, 1, 'UPDATE', 'C-1')")
    assert store.sighted(orders)["1"].sight is Sight.PRESENT


def test_only_the_triggers_named_are_allowed(crm: Crm) -> None:
    """A trigger that 'written-by' does not name stops every disposal, and so does a name that no trigger has."""
    store = write_history(crm)
    (history,) = store.definition.records[0].history
    other = store.having(history=(HistoryTable(history.reach, ("misspelt",)),))
    faults = other.faults()
    assert any("no table of the record has a trigger 'misspelt', which is to write it" in one for one in faults)
    assert any("the trigger or rule 'cases_written' on it would act beyond" in one for one in faults)


def test_a_history_that_grows_while_it_goes_takes_everything_back(live: Crm) -> None:
    """A trigger on the history itself that writes the key anew is met with a failure and an untouched store."""
    store = write_history(live)
    if store.owner.dialect.name != "postgresql":
        again = (
            "CREATE TRIGGER again AFTER DELETE ON cases_history FOR EACH ROW BEGIN"
            " INSERT INTO cases_history (id, what) VALUES (OLD.id, 'AGAIN'); END"
        )
        store.run(again)
    else:
        store.run(
            "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            " INSERT INTO cases_history (id, what) VALUES (OLD.id, ''AGAIN''); RETURN NULL; END'",
            "CREATE TRIGGER again AFTER DELETE ON cases_history FOR EACH ROW EXECUTE FUNCTION again()",
        )
    (history,) = store.definition.records[0].history
    store = store.having(history=(HistoryTable(history.reach, (*history.written_by, "again")),))
    before = whole(store.owner)
    (receipt,) = store.disposed(store.orders(1)).values()
    assert receipt.outcome is Outcome.FAILED
    refused_itself = store.owner.dialect.name in ("mariadb", "mysql")  # no trigger may write to its own table there
    assert refused_itself or "goes on writing about the record" in receipt.reason
    assert whole(store.owner) == before


def test_history_of_a_key_that_differs_in_a_space_is_another_records(tmp_path: Path) -> None:
    """Keys of text may differ in a space at the end alone: each record loses its own history and no other."""
    store = Crm.made(sqlite_url(tmp_path), cases="id VARCHAR(20) PRIMARY KEY, case_no VARCHAR(20), closed_on DATE")
    store.run("DROP TABLE contact", "DROP TABLE plan", "DROP TABLE audit")
    store = write_history(store).having(references=(), parts=(), shared=(), anonymise={})
    store.run("INSERT INTO cases VALUES ('C1', 'a', '2001-01-01'), ('C1 ', 'b', '2001-01-01')")
    store.run(
        "DROP TABLE cases_history",
        "CREATE TABLE cases_history (seq INTEGER PRIMARY KEY, id VARCHAR(20), what, case_no)",
    )
    store.run("INSERT INTO cases_history VALUES (1, 'C1', 'MADE', 'a'), (2, 'C1 ', 'MADE', 'b')")
    assert store.faults() == []
    orders = store.orders("C1 ")
    store.disposed(orders)
    assert set(whole(store.owner)["cases_history"]) == {(1,)}
    assert store.sighted(orders)["C1 "].sight is Sight.GONE


def test_what_is_blanked_for_its_small_group_does_not_stay_in_the_history(live: Crm) -> None:
    """Blanking a quasi-identifier makes a trigger write it down once more; that goes as well."""
    store = write_history(live)
    plan = ColumnPlan(keep=("id", "closed_on", "case_no"), blank=_BLANKED, quasi_identifiers=("case_no",))
    (kind,) = store.definition.records
    store = store.having(anonymise={**kind.anonymise, "cases": plan})
    assert store.faults() == []
    orders = store.orders(1, action=Action.ANONYMISE)
    (receipt,) = store.disposed(orders).values()
    assert (receipt.outcome, receipt.evidence["suppressed rows of cases"]) == (Outcome.ANONYMISED, 1)
    assert whole(store.owner)["cases_history"] == {}
    assert store.sighted(orders)["1"].sight is Sight.ANONYMISED
