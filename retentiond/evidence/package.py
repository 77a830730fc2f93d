"""The exported certificate: a folder with everything an auditor needs, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retentiond.domain.errors import EvidenceRefused
from retentiond.evidence.trust import Trust

PROPOSAL = "proposal.sigstore.json"
KEY_CREATED = "key-created.sigstore.json"
RUN_STARTED = "run-started.sigstore.json"
MANIFEST_PROPOSAL = "manifest-proposal.txt"
MANIFEST_OUTCOME = "manifest-outcome.txt"
TRUST = "trust.json"
README = "README.txt"
SUFFIX = ".sigstore.json"

_README = """\
CERTIFICATE OF DESTRUCTION {no}

This folder proves which records were destroyed, anonymised or pseudonymised,
when, under which rule and on whose approval. It can be checked offline, by
anybody, without the organisation that made it and without its software.

  {no}.sigstore.json
      the certificate: a signed statement, and its place in the log
  manifest-proposal.txt
      one line for each record that was proposed
  manifest-outcome.txt
      one line for each record, committing to what became of it
  proposal.sigstore.json
      what was put before the people who approved
  approval-N.sigstore.json
      their approvals, in order
  run-started.sigstore.json
      logged before anything was touched
  trust.json
      the keys. For convenience only: use a copy that reached you by another
      way, or whoever changed this folder has changed it too

No record is named in here. A manifest line is an opaque tag and a digest; the
organisation can open a single line for whoever is entitled to it.

TO CHECK IT

  retentiond verify --trust YOUR-trust.json {no}

or by hand, for each .sigstore.json file, with jq, openssl and sha256sum:

1. The signature. Write the key lines under "signers" of your trust.json to
   key.pem, and then
     FILE={no}.sigstore.json
     jq -r .dsseEnvelope.payload $FILE | base64 -d > payload
     jq -r '.dsseEnvelope.signatures[0].sig' $FILE | base64 -d > sig
     (printf 'DSSEv1 28 application/vnd.in-toto+json %d ' $(wc -c < payload)
      cat payload) > signed
     openssl dgst -sha256 -verify key.pem -signature sig signed
   The file payload is what was signed: read it.
2. The manifests.
     sha256sum manifest-outcome.txt
   must be outcome_manifest.file_sha256 in the payload. The first 32 characters
   of each line must be the same in both manifests: nothing was added, and
   nothing is missing.
     cut -c1-32 manifest-proposal.txt | cmp - <(cut -c1-32 manifest-outcome.txt)
3. The log. The inclusion proof is that of RFC 6962 with SHA-256; the checkpoint
   is a C2SP signed note under the Ed25519 key in trust.json. Tools for Sigstore
   bundles (v0.3) check both.

What the certificate does not show is said in it, under "limits".
"""


_KEY_README = """\
CERTIFICATE OF KEY DESTRUCTION {no}

This folder proves when a key of pseudonyms was made, when it was destroyed and
on whose decision. It can be checked offline, by anybody, without the
organisation that made it and without its software. The key is not in it.

  {no}.sigstore.json
      the certificate: a signed statement, and its place in the log
  key-created.sigstore.json
      logged when the key was made, with its fingerprint
  trust.json
      the keys of signer and log. For convenience only: use a copy that reached
      you by another way, or whoever changed this folder has changed it too

The certificate names the certificates of destruction by which records were
pseudonymised under the key, each by the SHA-256 of its signed bytes.

TO CHECK IT

  retentiond verify --trust YOUR-trust.json {no}

or by hand, with jq, openssl and sha256sum, as the README of any of those
certificates says.

What the certificate does not show is said in it, under "limits": above all,
copies of the key in backups.
"""


@dataclass(frozen=True, slots=True)
class KeyPackage:
    """The files of the package of a certificate of key destruction, as bytes."""

    certificate: bytes
    created: bytes
    trust: Trust

    def files(self, certificate_no: str) -> Mapping[str, bytes]:
        """Return the bytes of each file by its name."""
        return {
            f"{certificate_no}{SUFFIX}": self.certificate,
            KEY_CREATED: self.created,
            TRUST: self.trust.to_bytes(),
            README: _KEY_README.format(no=certificate_no).encode("ascii"),
        }


@dataclass(frozen=True, slots=True)
class PackageParts:
    """The files of one package, as bytes. Bundles are Sigstore bundles (:func:`retentiond.evidence.bundle.bundle`)."""

    certificate: bytes
    proposal: bytes
    approvals: Sequence[bytes]
    """In the order of the stages."""
    run_started: bytes
    manifest_proposal: bytes
    manifest_outcome: bytes
    trust: Trust

    def files(self, certificate_no: str) -> Mapping[str, bytes]:
        """Return the bytes of each file by its name."""
        return {
            f"{certificate_no}{SUFFIX}": self.certificate,
            PROPOSAL: self.proposal,
            **{approval_name(at): one for at, one in enumerate(self.approvals, 1)},
            RUN_STARTED: self.run_started,
            MANIFEST_PROPOSAL: self.manifest_proposal,
            MANIFEST_OUTCOME: self.manifest_outcome,
            TRUST: self.trust.to_bytes(),
            README: _README.format(no=certificate_no).encode("ascii"),
        }


def approval_name(number: int) -> str:
    """Return the file name of the approval with this number, from 1."""
    return f"approval-{number}{SUFFIX}"


def write_package(folder: Path, certificate_no: str, parts: PackageParts) -> Path:
    """Write a package as ``folder/certificate_no/`` and return that path.

    The files are written and made durable under another name first, and the name is changed last. Writing the same
    package again is harmless.

    Raises:
        EvidenceRefused: a package of that number with other content is there already, or it cannot be written.
    """
    return write_files(folder, certificate_no, parts.files(certificate_no))


def write_files(folder: Path, certificate_no: str, files: Mapping[str, bytes]) -> Path:
    """Write the files of a package as ``folder/certificate_no/``, whole or not at all; see :func:`write_package`."""
    final = folder / certificate_no
    if Path(certificate_no).name != certificate_no or certificate_no in (".", ".."):
        raise EvidenceRefused.about(
            str(folder), "the certificate's number cannot name a folder", "use letters and digits"
        )
    partial = folder / f".{certificate_no}.partial"
    try:
        if final.exists():
            if all((final / name).is_file() and (final / name).read_bytes() == data for name, data in files.items()):
                return final
            raise EvidenceRefused.about(
                str(final), "another package of this number is there already", "move it away and find out whose it is"
            )
        folder.mkdir(parents=True, exist_ok=True)
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir()
        for name, data in files.items():
            write_durably(partial / name, data)
        sync_folder(partial)
        partial.rename(final)
        sync_folder(folder)
    except OSError as error:
        raise EvidenceRefused.about(
            str(final),
            f"the package cannot be written ({error.strerror})",
            "make room, or let the service's user write",
        ) from None
    return final


def write_durably(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
