"""One transaction on the ledger: everything done through it is kept, or nothing."""

from __future__ import annotations

from sqlalchemy import Connection

from retentiond.ledger.certificates import Certificates
from retentiond.ledger.events import Events
from retentiond.ledger.findings import Findings
from retentiond.ledger.holds import Holds
from retentiond.ledger.lists import Lists
from retentiond.ledger.log import Log
from retentiond.ledger.marks import Marks
from retentiond.ledger.occurrences import Occurrences
from retentiond.ledger.outlines import Outlines
from retentiond.ledger.pseudonym_keys import PseudonymKeys
from retentiond.ledger.schedules import Schedules


class Transaction:
    """The parts of the ledger, bound to one transaction. Transactions happen one after another, never side by side."""

    def __init__(self, connection: Connection) -> None:
        self.events = Events(connection)
        self.log = Log(connection)
        self.schedules = Schedules(connection)
        self.findings = Findings(connection)
        self.lists = Lists(connection)
        self.holds = Holds(connection)
        self.occurrences = Occurrences(connection)
        self.outlines = Outlines(connection)
        self.certificates = Certificates(connection)
        self.pseudonym_keys = PseudonymKeys(connection)
        self.marks = Marks(connection)
