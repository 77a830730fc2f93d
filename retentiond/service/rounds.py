"""What a turn does: a round of scanning, a round of disposal. A round only raises where the ledger refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from loguru import logger

from retentiond.domain.errors import DisposalStopped, LedgerRefused, RetentiondError, StoreUnavailable
from retentiond.domain.findings import Finding
from retentiond.lifecycle.key_destruction import finish_destructions
from retentiond.lifecycle.scan import KindScanned, scan
from retentiond.lifecycle.through import carry_through
from retentiond.lifecycle.tools import Tools, mind_kill_switch
from retentiond.service.logs import kind_and_place, refuse
from retentiond.service.running import Draining, Running

_NAMED = (Finding.DUE, Finding.ON_HOLD, Finding.BLOCKED, Finding.UNTRIGGERED)


def lacks_a_scan(tools: Tools) -> bool:
    """Return whether the latest scan of some kind of record of some store is missing or did not finish."""
    with tools.ledger.transaction() as tx:
        finished = {(one.store, one.kind) for one in tx.findings.runs() if one.finished_at is not None}
    wanted = {(store.name, kind.name) for store in tools.definitions for kind in store.records if kind.classify}
    return not wanted <= finished


class Rounds:
    """The rounds of one turn.

    Args:
        running: the turn.
        tell: told in a few words what is going on; nothing of a record.
    """

    def __init__(self, running: Running, tell: Callable[[str], None]) -> None:
        self._running = running
        self._tell = tell

    def scan(self) -> None:
        """Scan every store; a store that fails is named and the others are scanned all the same."""
        if self._running.stopping:
            return
        tools = self._running.tools
        with self._round("scanning", "the scan"):
            scanned = scan(tools, tell=self._running.scanned_a_page)
            for one in scanned.kinds:
                _log_scanned(one)

    def dispose(self) -> None:
        """Carry every list whose cooling-off period has ended through to its certificate, one after another.

        Before them, the destruction of a pseudonym key that was decided and interrupted is carried to its end.
        """
        if self._running.stopping:
            return
        tools = self._running.tools
        with self._round("ending a pseudonym key", "the end of a pseudonym key"):
            for ended in finish_destructions(tools):
                logger.bind(event="key-destroyed", certificate=ended.number).log(
                    "NOTICE", "a destruction that was interrupted has ended: {}", ended.number
                )
        with self._round("disposing", "disposal"):
            with tools.ledger.transaction() as tx:
                numbers = tx.lists.dispose_after_passed(tools.clock())
            if numbers:
                mind_kill_switch(tools)
            for number in numbers:
                if self._running.stopping:
                    raise Draining
                self._running.step()
                self._carry_through(number)

    def _carry_through(self, number: str) -> None:
        told = partial(logger.bind, list=number)
        logger.bind(event="list-begun", list=number).info("{} is being carried through", number)
        try:
            certificate = carry_through(self._running.for_disposal(), number)
        except (Draining, LedgerRefused):
            raise
        except DisposalStopped as stop:
            refuse(stop, "NOTICE", list=number)
        except StoreUnavailable as failure:
            refuse(failure, "WARNING", list=number)
        except RetentiondError as refusal:
            refuse(refusal, list=number)
        except Exception as error:  # noqa: BLE001 - one list's trouble must not keep the others from being tried
            told(event="unexpected").error("{} was left where it stands: {}", number, kind_and_place(error))
        else:
            told(event="list-certified", certificate=certificate.number).log(
                "NOTICE", "{} is certified: {}", number, certificate.number
            )

    @contextmanager
    def _round(self, doing: str, work: str) -> Iterator[None]:
        """End a round in the log whatever happens, but where the ledger refuses."""
        self._tell(doing)
        self._running.step()
        try:
            yield
        except Draining:
            logger.bind(event="drained").info("{} was left at a safe point; the next turn goes on", work)
        except LedgerRefused:
            raise
        except DisposalStopped as stop:
            refuse(stop, "NOTICE")
        except RetentiondError as refusal:
            refuse(refusal)
        except Exception as error:  # noqa: BLE001 - the next round may fare better, and the log says what happened
            logger.bind(event="unexpected").error("{} was broken off by {}", work, kind_and_place(error))
        finally:
            self._tell("")


def _log_scanned(one: KindScanned) -> None:
    told = logger.bind(event="kind-scanned", store=one.store, kind=one.kind)
    if one.failure:
        told.warning("{} {} could not be scanned whole, and nothing of it counts as due", one.store, one.kind)
        return
    for doubt in one.doubts:
        told.warning("nothing of {} {} is due: {}", one.store, one.kind, doubt)
    for remark in one.remarks:
        told.warning("{}", remark)
    counts = ", ".join(f"{one.counts.get(finding, 0)} {finding.value}" for finding in _NAMED)
    told.info("{} {}: {} records examined, {}", one.store, one.kind, one.examined, counts)
