"""How retentiond says no: one clear sentence, the place, the remedy; gathered, never one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong.

    ``place`` is where to look (``schedules/early-help.yaml:12:14``, ``early-help-cases: table eh_episode``),
    ``message`` one sentence, ``remedy`` what to do about it. None of the three may hold personal data.
    """

    place: str
    message: str
    remedy: str = ""
    is_remark: bool = False
    """It is worth telling, and nothing is refused because of it."""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}; {self.remedy}" if self.remedy else f"{where}{self.message}"


class RetentiondError(Exception):
    """A refusal a person can act on; the command line prints its faults and never a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))

    @classmethod
    def about(cls, place: str, message: str, remedy: str = "") -> RetentiondError:
        """Make the refusal from a single fault."""
        return cls(Fault(place, message, remedy))

    @classmethod
    def gathered(cls, faults: Iterable[Fault]) -> RetentiondError:
        """Make the refusal from many faults, in reading order."""
        return cls(*sorted(faults))


class ConfigurationRefused(RetentiondError):
    """Settings, a schedule or a definition cannot be used as written (``EX_CONFIG``)."""

    exit_code = 78


class DecisionRefused(RetentiondError):
    """A person asked for something the rules of review do not allow (``EX_NOPERM``)."""

    exit_code = 77


class NotFound(RetentiondError):
    """The named list, record, hold or certificate does not exist (``EX_NOINPUT``)."""

    exit_code = 66


class StoreUnavailable(RetentiondError):
    """A store did not answer; trying again later may help (``EX_UNAVAILABLE``)."""

    exit_code = 69


class StoreRefused(RetentiondError):
    """A store answered no: a wrong credential, a missing table, a forbidden region. Trying again will not help."""

    exit_code = 76


class LedgerRefused(RetentiondError):
    """The ledger cannot be trusted or reached; nothing may be disposed of until a person has looked (``EX_IOERR``)."""

    exit_code = 74


class EvidenceRefused(RetentiondError):
    """A certificate, a log or a manifest does not prove what it says (``EX_DATAERR``)."""

    exit_code = 65


class DisposalStopped(RetentiondError):
    """A belt or the kill switch stopped a disposal before it acted (``EX_TEMPFAIL``)."""

    exit_code = 75
