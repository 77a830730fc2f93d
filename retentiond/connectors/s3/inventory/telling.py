"""One file of an inventory as a piece of work: what is asked of it and what it answers, in plain JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from retentiond.connectors.s3.inventory.evaluating import Answer, Candidate, Question
from retentiond.connectors.s3.inventory.manifest import File, Format, Manifest
from retentiond.connectors.workers import Spec, Told


def described(where: str, file: File, manifest: Manifest, question: Question) -> Spec:
    """Return what whoever judges a file has to know.

    Args:
        where: the bucket the file lies in.
        file: which.
        manifest: of its inventory; its other files are left out.
        question: what is wanted.
    """
    before = question.before.isoformat() if question.before is not None else None
    of = {"bucket": manifest.bucket, "format": manifest.format.value, "fields": list(manifest.fields)}
    return {"where": where, "file": asdict(file), "manifest": of, "question": {**asdict(question), "before": before}}


def asked_in(spec: Spec) -> tuple[str, File, Manifest, Question]:
    """Read what :func:`described` made."""
    file, of, asked = File(**spec["file"]), spec["manifest"], spec["question"]
    # When it was made does not matter here: whether it is young enough was asked before.
    manifest = Manifest(
        of["bucket"], datetime.min.replace(tzinfo=UTC), Format(of["format"]), tuple(of["fields"]), (file,)
    )
    before = datetime.fromisoformat(asked["before"]) if asked["before"] is not None else None
    return spec["where"], file, manifest, Question(**{**asked, "before": before})


def tell_answer(answer: Answer) -> Told:
    """Return an answer as JSON."""
    pages = [[[one.key, one.modified.isoformat(), one.size, one.number] for one in page] for page in answer.pages]
    return {"total": answer.total, "last": answer.last, "pages": pages}


def answer_told(told: Told) -> Answer:
    """Read what :func:`tell_answer` made."""
    pages = (
        [Candidate(key, datetime.fromisoformat(modified), size, number) for key, modified, size, number in page]
        for page in told["pages"]
    )
    return Answer(told["total"], told["last"], pages)
