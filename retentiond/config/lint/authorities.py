"""Acts and regulations that a mandate cites, held against those there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from pydantic import Field

from retentiond.config.complaint import quoted
from retentiond.config.lint.remarks import Remark
from retentiond.config.lint.shipped import shipped
from retentiond.config.shape import OneOrMany, Shape, fit
from retentiond.domain.schedule import RecordClass

_COUNTRY = r"(?: \((?:Northern Ireland|Scotland|Wales|England)\))?"
_YEAR = r"(?:1[5-9]|20)\d\d"
_CITED = re.compile(rf"\b(Acts?|Regulations|Regs\.?)({_COUNTRY}) ({_YEAR})((?:(?:,| and|, and) {_YEAR})*)")
_WORD = re.compile(r"\S+")
_BRACKETS = re.compile(r" \((?:Northern Ireland|Scotland|Wales|England|England and Wales)\)")
_SMALL = frozenset({"and", "of", "the", "for", "in", "to", "on", "about", "with", "at", "by", "from", "or", "etc."})
_NOT_A_TITLE = frozenset({"under", "see", "section", "schedule", "part", "regulation", "also", "both", "the", "cf."})


@dataclass(frozen=True, slots=True)
class Cited:
    """One Act, or one set of regulations, as a text cites it."""

    title: str
    """As it stands there, without the year: ``Children Act``."""
    year: str

    def __str__(self) -> str:
        return f"{self.title} {self.year}"


class AuthoritiesShape(Shape):
    """The file of known Acts and regulations: short title to its years."""

    acts: dict[str, OneOrMany[str]] = Field(examples=["acts: {Children Act: [1989, 2004]}"])
    regulations: dict[str, OneOrMany[str]] = Field(examples=["regulations: {Adoption Agencies Regulations: [2005]}"])


@dataclass(frozen=True, slots=True)
class _Known:
    cited: dict[str, tuple[Cited, ...]]
    """Title in its plain form to every Act or set of regulations of that title."""
    by_year: dict[str, tuple[str, ...]]
    """Year to the plain titles of that year."""


@cache
def _known() -> _Known:
    given = fit(shipped("authorities.yaml"), AuthoritiesShape, lambda _: ())
    cited: dict[str, list[Cited]] = {}
    by_year: dict[str, list[str]] = {}
    for title, years in (given.acts | given.regulations).items():
        plain = plain_title(title)
        cited.setdefault(plain, []).extend(Cited(title, year) for year in years)
        for year in years:
            by_year.setdefault(year, []).append(plain)
    return _Known({plain: tuple(of) for plain, of in cited.items()}, {year: tuple(of) for year, of in by_year.items()})


@lru_cache(maxsize=4096)
def plain_title(title: str) -> str:
    """Return a title as titles are compared: small letters, no country in brackets, one kind of apostrophe."""
    text = _BRACKETS.sub("", title.replace("\u2019", "'"))
    text = re.sub(r"\b[Rr]egs\b\.?", "Regulations", text)
    return re.sub(r"[,.]", "", text).casefold()


@lru_cache(maxsize=4096)
def cited_in(text: str) -> tuple[Cited, ...]:
    """Return every Act and every set of regulations that a text cites by title and year."""
    found: list[Cited] = []
    for match in _CITED.finditer(text):
        title = f"{_title_before(text[: match.start()])}{match[1].rstrip('.').replace('Acts', 'Act')}{match[2]}"
        found.extend(Cited(title, year) for year in re.findall(_YEAR, f"{match[3]}{match[4]}"))
    return tuple(one for one in found if " " in one.title)


def _title_before(text: str) -> str:
    """Return the words of a title that stand at the end of a text: capitalised, or small ones between."""
    words: list[str] = []
    for word in reversed(_WORD.findall(text)):
        bare = word.strip("(),\u2019'\"")
        is_title = bare[:1].isupper() or bare in _SMALL or (bare.isdigit() and len(bare) == 4)
        if not is_title or word.endswith((";", ":")):
            break
        words.append(word)
    while words and (words[-1].casefold() in _SMALL | _NOT_A_TITLE or words[-1].strip("(),").isdigit()):
        words.pop()
    return "".join(f"{word} " for word in reversed(words))


def authorities(one: RecordClass) -> Iterator[Remark]:
    """Yield Acts and regulations in a mandate that are not known; the way counts from the class."""
    for index, text in enumerate(one.mandate):
        for said, remedy in _unknown(text):
            yield Remark("authority", ("mandate", index), said, remedy)


@lru_cache(maxsize=4096)
def _unknown(text: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for cited in cited_in(text):
        endings = [*endings_of(cited.title)]
        known = [one for plain in endings for one in _known().cited.get(plain, ())]
        if any(one.year == cited.year for one in known):
            continue
        if known:
            words = cited.title.split(" ")
            shown = next(at for at, plain in enumerate(endings) if plain in _known().cited)
            cited = Cited(" ".join(words[shown:]), cited.year)  # noqa: PLW2901 - what stands before is no title
        found.append((f"no {quoted(str(cited))} is known to this check", _guess(cited, known)))
    return tuple(found)


def endings_of(title: str) -> Iterator[str]:
    """Yield a title and every ending of it, in plain form: more may stand before a title than belongs to it."""
    words = title.split(" ")
    for start in range(len(words)):
        yield plain_title(" ".join(words[start:]))


def _guess(cited: Cited, known: list[Cited]) -> str:
    """Return what may have been meant: the same title in a year one digit off, or a like title of the same year."""
    if not known:
        close = get_close_matches(plain_title(cited.title), _known().by_year.get(cited.year, ()), n=1, cutoff=0.7)
        known = [one for one in _known().cited[close[0]] if one.year == cited.year] if close else []
        return f"did you mean '{known[0]}'?" if known else "look up its title and year"
    near = [one for one in known if _apart(one.year, cited.year) <= 1]
    same = [one for one in near or known if one.title.casefold() == cited.title.casefold()]
    meant = same or near or known
    return f"did you mean {' or '.join(quoted(str(one)) for one in meant[:2])}?"


def _apart(year: str, other: str) -> int:
    """Return in how many digits two years differ: the commonest slip is one wrong digit."""
    return sum(one != two for one, two in zip(year, other, strict=True))
