"""The keys of one installation: the event signer's, the log's, and the one that wraps each list's opening key."""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE, S_IROTH, S_IWGRP, S_IWOTH, S_IXOTH

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from retentiond.domain.errors import ConfigurationRefused, Fault
from retentiond.evidence.checkpoint import LogKey
from retentiond.evidence.dsse import Envelope, pae
from retentiond.evidence.strict import is_hex

_TOO_OPEN = S_IROTH | S_IWOTH | S_IXOTH | S_IWGRP
_MOST_BYTES = 65_536


class Signer:
    """Signs statements with an ECDSA P-256 key over SHA-256."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private
        self.public_key_der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        """The SubjectPublicKeyInfo."""
        self.key_id = sha256(self.public_key_der).hexdigest()
        """Lower-case hex SHA-256 of the SubjectPublicKeyInfo."""

    def sign_statement(self, payload: bytes) -> bytes:
        """Return the DSSE envelope, as JSON bytes, over these exact payload bytes."""
        signature = self._private.sign(pae(payload), ec.ECDSA(SHA256()))
        return Envelope(payload, signature, self.key_id).to_bytes()


def create_keys(signing: Path, log: Path, opening: Path) -> None:
    """Make the three key files, readable by their owner only.

    Args:
        signing: where the event signer's ECDSA P-256 key goes (PKCS#8 PEM).
        log: where the log's Ed25519 key goes (PKCS#8 PEM).
        opening: where the key that wraps opening keys goes (32 bytes as hex).

    Raises:
        ConfigurationRefused: one of them is there already, or its folder cannot be written. Then none is made.
    """
    paths = (signing, log, opening)
    faults = [
        Fault(
            str(path), "a key is there already, and what it signed or sealed needs it", "keep it, or move it away first"
        )
        for path in paths
        if path.exists()
    ]
    faults += [
        Fault(str(path), "its folder is not there or cannot be written", "make the folder for the service's user first")
        for path in paths
        if not os.access(path.parent, os.W_OK | os.X_OK)
    ]
    if len(set(paths)) < len(paths):
        faults.append(Fault(str(signing), "two keys would share one file", "give each key a file of its own"))
    if faults:
        raise ConfigurationRefused.gathered(faults)
    write_secret(signing, _pem(ec.generate_private_key(ec.SECP256R1())))
    write_secret(log, _pem(Ed25519PrivateKey.generate()))
    write_secret(opening, secrets.token_hex(32).encode() + b"\n")


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner reads, and wait until it is on the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def load_signer(path: Path) -> Signer:
    """Read the event signer's key.

    Raises:
        ConfigurationRefused: unreadable, readable by everybody, or not an unencrypted ECDSA P-256 PEM key.
    """
    key = _private_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigurationRefused.about(
            str(path), "it is not an ECDSA P-256 key", "name the signing key here, not the log's"
        )
    return Signer(key)


def load_log_key(path: Path, origin: str) -> LogKey:
    """Read the log's key and give it its name.

    Args:
        path: the PEM file.
        origin: the log's C2SP origin.

    Raises:
        ConfigurationRefused: unreadable, readable by everybody, not an unencrypted Ed25519 PEM key, or a bad origin.
    """
    key = _private_key(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationRefused.about(
            str(path), "it is not an Ed25519 key", "name the log's key here, not the signer's"
        )
    return LogKey(key, origin)


def load_opening_key(path: Path) -> bytes:
    """Read the 32 bytes that wrap opening keys.

    Raises:
        ConfigurationRefused: unreadable, readable by everybody, or not 64 lower-case hex digits.
    """
    text = read_secret(path).decode("ascii", "replace").strip()
    if not is_hex(text, 32):
        raise ConfigurationRefused.about(
            str(path), "it is not an opening key of 64 lower-case hex digits", "name the file the keys were made with"
        )
    return bytes.fromhex(text)


def _private_key(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(read_secret(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationRefused.about(
            str(path), "it is not an unencrypted private key in PEM", "name the file the keys were made with"
        ) from None


def read_secret(path: Path) -> bytes:
    """Return the bytes of a key's file.

    Raises:
        ConfigurationRefused: unreadable, or readable by everybody.
    """
    try:
        with path.open("rb") as file:
            mode = S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise ConfigurationRefused.about(
            str(path),
            f"the key cannot be read ({error.strerror})",
            "make the keys first, or let the service's user read them",
        ) from None
    mind_mode(path, mode)
    return data


def mind_mode(path: Path, mode: int) -> None:
    """Refuse a key's file that others may read or change.

    Raises:
        ConfigurationRefused: they may.
    """
    if mode & _TOO_OPEN:
        raise ConfigurationRefused.about(
            str(path), f"others can read or change this key (mode {mode:04o})", "run: chmod 600 on it"
        )
