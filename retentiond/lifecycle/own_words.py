"""Own words: what a certificate says whatever its records are, so that a record called the same keeps none back."""

from __future__ import annotations

from collections.abc import Iterator

from retentiond.domain.definitions import KindOfRecord
from retentiond.domain.lists import DisposalList
from retentiond.domain.people import RECORDS_MANAGER
from retentiond.domain.schedule import Action
from retentiond.evidence import predicates
from retentiond.evidence.key_certificate import OVERWRITTEN
from retentiond.evidence.manifest import ALGORITHM
from retentiond.ledger.values import PseudonymKey
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


def own_words_of_key(tools: Tools, key: PseudonymKey) -> set[str]:
    """Return the texts of a certificate of key destruction that stand there whatever was pseudonymised under the key.

    Args:
        tools: the installation.
        key: its name, and who decided to destroy it.
    """
    people = {word for one in key.decided_by for word in (one, tools.name_of(one), roles_of(tools, one))}
    return {*_ALWAYS, *_configured(tools), *people, key.name, OVERWRITTEN, RECORDS_MANAGER}


def roles_of(tools: Tools, person: str) -> str:
    """Return the roles of a person in words."""
    roles = next((one.roles for one in tools.settings.people if one.id == person), frozenset[str]())
    return ", ".join(sorted(roles)) or "no longer named in the settings"


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
