"""Own words: what a certificate says whatever its records are, so that a record called the same keeps none back."""

from __future__ import annotations

from collections.abc import Iterator

from retentiond.domain.definitions import KindOfRecord
from retentiond.domain.lists import DisposalList
from retentiond.domain.schedule import Action
from retentiond.evidence import predicates
from retentiond.evidence.manifest import ALGORITHM
from retentiond.lifecycle.certificate_fields import METHOD, STATUSES, TECHNIQUES, Account
from retentiond.lifecycle.tools import Tools

_ALWAYS = frozenset(
    {"retentiond", "daemon", "backup", ALGORITHM, METHOD, predicates.QUORUM_RULE, *STATUSES, *TECHNIQUES, *Action}
)


def own_words(tools: Tools, listed: DisposalList, account: Account) -> set[str]:
    """Return the texts of a certificate that come from the configuration, the approved proposal and this program.

    Args:
        tools: the installation.
        listed: the list: its stages, and who approved it.
        account: what was approved, and whom its records were disclosed to: organisations, told on purpose.
    """
    return {*_ALWAYS, *_configured(tools), *_approved(tools, listed, account), *account.recipients}


def _configured(tools: Tools) -> Iterator[str]:
    settings = tools.settings
    yield from (settings.organisation, settings.unit, settings.log_origin)
    for one in tools.definitions:
        yield from (one.name, one.location)
        for kind in one.records:
            yield from _kind(kind)


def _kind(kind: KindOfRecord) -> Iterator[str]:
    yield kind.name
    yield from kind.read_back_only
    yield from (*kind.pseudonyms, *kind.pseudonyms.values())
    for table, plan in kind.anonymise.items():
        yield table
        yield from plan.quasi_identifiers


def _approved(tools: Tools, listed: DisposalList, account: Account) -> Iterator[str]:
    yield from listed.stages
    yield from (tools.name_of(one.person) for one in listed.approvals)
    for ground in account.authority.values():
        for value in ground.values():
            yield from (str(one) for one in (value if isinstance(value, list) else [value]))
