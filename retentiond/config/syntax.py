"""What the YAML parser says, in plain words."""

from __future__ import annotations

import yaml

from retentiond.config.complaint import Complaint

_SENTENCES = (
    ("mapping values are not allowed", "a ':' cannot stand here", "put text that holds ': ' in quotes"),
    ("could not find expected ':'", "a ':' is missing here", "write 'key: value'"),
    ("expected <block end>", "this line does not fit the lines above it", "check its indentation"),
    ("expected ',' or", "a '{' or '[' opened before here is not closed", "close it, and part its entries by commas"),
    ("did not find expected ',' or", "a '{' or '[' opened before here is not closed", "close it"),
    ("found unexpected end of stream", "a quotation mark opened before here is not closed", "close it"),
    ("found unexpected document separator", "a quotation mark opened before here is not closed", "close it"),
    ("found unknown escape", "a backslash in double quotes starts an escape", "use single quotes around the text"),
    ("expected escape sequence", "a backslash in double quotes starts an escape", "use single quotes around the text"),
    ("sequence entries are not allowed", "a '-' cannot start a list here", "start the list on a line of its own"),
    ("block sequence entries are not allowed", "a '-' cannot start a list here", "start it on a line of its own"),
    ("cannot start any token", "text cannot start with this character", "put the text in quotes"),
    ("expected the node content", "a value is missing here", "write it, or put text of special characters in quotes"),
    ("did not find expected <document start>", "text stands after the end of the document", "check its indentation"),
    ("expected '<document start>'", "text stands after the end of the document", "check its indentation"),
)


def in_plain_words(error: Exception, text: str, path: str) -> Complaint:
    """Return the parser's error as one sentence at its place.

    Args:
        error: what PyYAML raised.
        text: the whole file, to see which character stands at the place.
        path: how to name the file.
    """
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        return Complaint(path, line, column, "an unprintable character stands here", "take it out")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return Complaint(path, 0, 0, "this is not YAML: a number or an escape in it is out of range", "correct it")
    line, column = mark.line + 1, mark.column + 1
    if "\t" in text[mark.index : mark.index + 1]:
        return Complaint(path, line, column, "a tab stands here", "indent with spaces")
    problem = error.problem or ""
    for start, message, remedy in _SENTENCES:
        if start in problem:
            return Complaint(path, line, column, message, remedy)
    return Complaint(path, line, column, "this is not YAML that can be read", "check quotes, colons and indentation")
