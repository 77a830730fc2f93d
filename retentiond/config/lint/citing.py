"""Which statutory floor a class is under, by what its mandate cites and what it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from retentiond.config.lint.authorities import cited_in, endings_of, plain_title
from retentiond.config.lint.floors import Floor, known_floors
from retentiond.domain.needs import all_dates
from retentiond.domain.schedule import Basis, RecordClass

_NUMBER = re.compile(r"\b(W?SI|SSI|SR)\s?(?:No\.? ?)?((?:19|20)\d\d/\d+)\b")
_PROVISION = re.compile(r"\b(?:reg(?:ulation)?s?\.?|r\.)\s?(\d+[A-Z]?)((?:\(\w+\))*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Citation:
    """A floor whose instrument a text cites, and the provisions it cites of it."""

    floor: Floor
    provisions: tuple[tuple[str, str], ...]
    """Each as number and paragraph: ``("32", "(1)")``."""

    @property
    def exact(self) -> bool:
        """Whether the very provision, or a part of it, is cited."""
        number, paragraph = self.floor.provision
        return bool(number) and any(one == number and part.startswith(paragraph) for one, part in self.provisions)

    @property
    def may_be(self) -> bool:
        """Whether nothing that is cited is another provision than the floor's."""
        return not self.provisions or any(
            number == self.floor.provision[0] and self.floor.provision[1].startswith(paragraph)
            for number, paragraph in self.provisions
        )


@cache
def _by_number() -> dict[str, tuple[Floor, ...]]:
    found: dict[str, tuple[Floor, ...]] = {}
    for floor in known_floors():
        if floor.number:
            found[floor.number] = (*found.get(floor.number, ()), floor)
    return found


@cache
def _by_title() -> dict[tuple[str, str], tuple[Floor, ...]]:
    found: dict[tuple[str, str], tuple[Floor, ...]] = {}
    for floor in known_floors():
        title, _, year = floor.law.rpartition(" ")
        key = (plain_title(title), year)
        found[key] = (*found.get(key, ()), floor)
    return found


@cache
def _by_other_name() -> tuple[tuple[str, Floor], ...]:
    return tuple((name, one) for one in known_floors() for name in one.also_cited_as)


@lru_cache(maxsize=4096)
def citations(text: str) -> tuple[Citation, ...]:
    """Return every floor whose instrument a text cites, by its number or by its title and year."""
    floors: dict[str, Floor] = {}
    for series, number in _NUMBER.findall(text):
        # Welsh instruments are numbered with those of the United Kingdom, Scottish and Northern Irish ones are not
        floors |= {one.name: one for one in _by_number().get(f"{series.removeprefix('W')} {number}", ())}
    for cited in cited_in(text):
        for plain in endings_of(cited.title):
            # a title of which the country was left out may be that of another country
            same = _by_title().get((plain, cited.year), ())
            floors |= {one.name: one for one in same if one.name not in floors}
    small = text.casefold()
    floors |= {one.name: one for name, one in _by_other_name() if name in small}
    if not floors:
        return ()
    provisions = tuple(_PROVISION.findall(text))
    return tuple(Citation(one, provisions) for one in floors.values())


def floors_of(one: RecordClass) -> tuple[Floor, ...]:
    """Return the floors that a class is under.

    It cites the floor's own provision, or it cites the instrument and no other provision of it, and speaks of what
    the floor is about. Of several that only fit so the first counts: the more particular ones stand first.
    """
    cited = [each for text in one.mandate for each in citations(text)]
    cited += [each for each in citations(one.source) if each.floor.also_cited_as]
    if not cited:
        return ()
    exact = tuple(dict.fromkeys(each.floor for each in cited if each.exact))
    if exact:
        return exact
    about = _about(one)
    claims = one.basis is Basis.STATUTORY_FLOOR
    fitting = (
        each.floor for each in cited if (each.may_be or claims) and any(word in about for word in each.floor.about)
    )
    return tuple(fitting)[:1]


def _about(one: RecordClass) -> str:
    return " ".join((one.title, one.code, one.description, *sorted(all_dates(one)))).casefold()
