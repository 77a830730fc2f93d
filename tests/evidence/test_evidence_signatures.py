from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from retentiond.domain.errors import ConfigurationRefused, EvidenceRefused
from retentiond.evidence.checkpoint import LogKey, LogPublicKey, parse_checkpoint, verify_checkpoint
from retentiond.evidence.dsse import Envelope, load_signer_public, pae, parse_envelope
from retentiond.evidence.keys import Signer, create_keys, load_log_key, load_opening_key, load_signer
from retentiond.evidence.log import leaf_body
from retentiond.evidence.strict import encode_base64

PAYLOAD = b'{"made":"up"}'
ROOT = sha256(b"root").digest()


@pytest.fixture
def signer() -> Signer:
    """A new signer."""
    return Signer(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def log_key() -> LogKey:
    """A new log key."""
    return LogKey(Ed25519PrivateKey.generate(), "log.example.org/2026")


def test_pae_vector() -> None:
    """The encoding of the DSSE specification's own example is as printed there."""
    assert pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_envelope_round_trip(signer: Signer) -> None:
    """An envelope is read back as it was written, and its signature is by the signer and by nobody else."""
    data = signer.sign_statement(PAYLOAD)
    envelope = parse_envelope(data, "file")
    other = Signer(ec.generate_private_key(ec.SECP256R1()))
    assert (envelope.payload, envelope.to_bytes(), envelope.key_id) == (PAYLOAD, data, signer.key_id)
    assert envelope.is_signed_by(signer.public_key_der)
    assert not envelope.is_signed_by(other.public_key_der)
    assert not Envelope(PAYLOAD, envelope.signature, other.key_id).is_signed_by(other.public_key_der)
    assert not Envelope(PAYLOAD + b" ", envelope.signature, signer.key_id).is_signed_by(signer.public_key_der)
    assert rfc8785.dumps(json.loads(data)) == data


def test_openssl_accepts_the_signature(signer: Signer, tmp_path: Path) -> None:
    """OpenSSL, on its own, verifies the signature over the PAE bytes, and refuses it over others."""
    envelope = parse_envelope(signer.sign_statement(PAYLOAD), "file")
    pem = load_der_public_key(signer.public_key_der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, data in (("key.pem", pem), ("sig", envelope.signature), ("signed", envelope.signed_bytes)):
        (tmp_path / name).write_bytes(data)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "signed"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "signed").write_bytes(envelope.signed_bytes + b"x")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(payloadType="text/plain"),
        lambda one: one.update(more=1),
        lambda one: one["signatures"].append(one["signatures"][0]),
        lambda one: one["signatures"].clear(),
        lambda one: one["signatures"][0].update(more=1),
        lambda one: one["signatures"][0].pop("keyid"),
        lambda one: one.update(payload=one["payload"].rstrip("=") + "\n"),
        lambda one: one.update(payload=5),
    ],
)
def test_malformed_envelopes_are_refused(signer: Signer, change: Callable[[Any], Any]) -> None:
    """Anything but exactly one signature over one in-toto payload is refused."""
    found = json.loads(signer.sign_statement(PAYLOAD))
    change(found)
    with pytest.raises(EvidenceRefused):
        parse_envelope(json.dumps(found).encode(), "file")


def test_leaf_body_is_canonical(signer: Signer) -> None:
    """The leaf is the RFC 8785 form of a hashedrekord 0.0.2 with digest, signature and key of the envelope."""
    data = signer.sign_statement(PAYLOAD)
    envelope = parse_envelope(data, "file")
    expected: dict[str, Any] = {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {
            "hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": encode_base64(sha256(pae(PAYLOAD)).digest())},
                "signature": {
                    "content": encode_base64(envelope.signature),
                    "verifier": {
                        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                        "publicKey": {"rawBytes": encode_base64(signer.public_key_der)},
                    },
                },
            }
        },
    }
    assert leaf_body(data, signer.public_key_der) == rfc8785.dumps(expected)


def test_checkpoint_round_trip(log_key: LogKey) -> None:
    """A signed checkpoint verifies under the log's key and states what was signed."""
    note = log_key.sign_checkpoint(20301, ROOT)
    found = verify_checkpoint(note, log_key.vkey)
    assert (found.origin, found.size, found.root) == ("log.example.org/2026", 20301, ROOT)
    assert note.splitlines()[:4] == ["log.example.org/2026", "20301", encode_base64(ROOT), ""]
    assert LogPublicKey.parse(log_key.vkey).log_id == log_key.log_id


def test_a_vkey_of_the_specification() -> None:
    """The verifier key printed in the Go note package's documentation is read and written back."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert LogPublicKey.parse(vkey).vkey == vkey


def test_a_changed_checkpoint_is_refused(log_key: LogKey) -> None:
    """Every change of one character of a checkpoint is refused."""
    note = log_key.sign_checkpoint(7, ROOT)
    for at in range(len(note)):
        changed = note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :]
        with pytest.raises(EvidenceRefused):
            verify_checkpoint(changed, log_key.vkey)
    with pytest.raises(EvidenceRefused):
        verify_checkpoint(note, LogKey(Ed25519PrivateKey.generate(), log_key.origin).vkey)
    with pytest.raises(EvidenceRefused):
        verify_checkpoint(note, LogKey(log_key._private, "log.example.org/2027").vkey)


def test_a_witness_signature_is_passed_over(log_key: LogKey) -> None:
    """A further signature by an unknown key leaves the log's own standing; a second, false one in its name does not."""
    note = log_key.sign_checkpoint(7, ROOT)
    witnessed = note + "\u2014 witness.example.net " + encode_base64(b"\x00" * 76) + "\n"
    assert verify_checkpoint(witnessed, log_key.vkey).size == 7
    false = note + f"\u2014 {log_key.origin} " + encode_base64(log_key.log_id[:4] + b"\x00" * 64) + "\n"
    with pytest.raises(EvidenceRefused):
        verify_checkpoint(false, log_key.vkey)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n7\n", "\n07\n"),
        lambda note: note.replace("\n7\n", "\n-7\n"),
        lambda note: note.replace("\n7\n", "\n7\nextension\n"),
        lambda note: note.removesuffix("\n"),
        lambda note: note + "\n",
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note.replace(encode_base64(ROOT), encode_base64(ROOT[:31])),
        lambda _note: "",
        lambda _note: "\n\n",
    ],
)
def test_malformed_checkpoints_are_refused(log_key: LogKey, change: Callable[[str], str]) -> None:
    """A checkpoint with another number of lines, a padded size, a short root or no signature is refused."""
    with pytest.raises(EvidenceRefused):
        parse_checkpoint(change(log_key.sign_checkpoint(7, ROOT)))


@pytest.mark.parametrize(
    "point",
    [
        "00" * 32,
        "01" + "00" * 31,
        "01" + "00" * 30 + "80",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    ],
)
def test_keys_of_small_order_are_refused(point: str) -> None:
    """A log key under which signatures nobody made would verify cannot be pinned."""
    with pytest.raises(EvidenceRefused):
        LogPublicKey.parse(LogPublicKey("log.example.org", bytes.fromhex(point)).vkey)


@pytest.mark.parametrize("vkey", ["", "a", "a+b", "a+b+c", "a+00000000+AQ==", "a b+00000000+AQ=="])
def test_malformed_log_keys_are_refused(vkey: str) -> None:
    """Text that is not a verifier key is refused."""
    with pytest.raises(EvidenceRefused):
        LogPublicKey.parse(vkey)


def test_other_signer_keys_are_refused() -> None:
    """Only an ECDSA P-256 public key is a signer's."""
    for key in (ec.generate_private_key(ec.SECP384R1()), Ed25519PrivateKey.generate()):
        der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(EvidenceRefused):
            load_signer_public(der)
    with pytest.raises(EvidenceRefused):
        load_signer_public(b"nonsense")


def test_keys_are_made_and_read(tmp_path: Path) -> None:
    """New key files are their owner's alone and are read back as what they are."""
    signing, log, opening = (tmp_path / name for name in ("signing.pem", "log.pem", "opening.hex"))
    create_keys(signing, log, opening)
    assert [path.stat().st_mode & 0o777 for path in (signing, log, opening)] == [0o600] * 3
    assert len(load_opening_key(opening)) == 32
    assert load_signer(signing).key_id == sha256(load_signer(signing).public_key_der).hexdigest()
    assert load_log_key(log, "log.example.org").vkey.startswith("log.example.org+")


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    """Where one key is there already, all are named that are, and none is made or changed."""
    signing, log, opening = (tmp_path / name for name in ("signing.pem", "log.pem", "opening.hex"))
    log.write_text("a key")
    with pytest.raises(ConfigurationRefused, match=r"log\.pem"):
        create_keys(signing, log, opening)
    assert log.read_text() == "a key"
    assert not signing.exists()
    with pytest.raises(ConfigurationRefused, match="share one file"):
        create_keys(signing, signing, opening)
    with pytest.raises(ConfigurationRefused, match="folder"):
        create_keys(tmp_path / "none" / "a", tmp_path / "b", opening)


def test_keys_of_another_kind_are_refused(tmp_path: Path) -> None:
    """A missing key, one of another kind, one others can read and one that is no key are refused by place."""
    signing, log, opening = (tmp_path / name for name in ("signing.pem", "log.pem", "opening.hex"))
    create_keys(signing, log, opening)
    rsa_key = tmp_path / "rsa.pem"
    private = rsa.generate_private_key(65537, 2048)
    rsa_key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    rsa_key.chmod(0o600)
    for refused in (
        lambda: load_signer(log),
        lambda: load_signer(rsa_key),
        lambda: load_signer(opening),
        lambda: load_signer(tmp_path / "none.pem"),
        lambda: load_signer(tmp_path),
        lambda: load_log_key(signing, "log.example.org"),
        lambda: load_log_key(log, "two words"),
        lambda: load_log_key(log, ""),
        lambda: load_opening_key(signing),
    ):
        with pytest.raises(ConfigurationRefused):
            refused()
    signing.chmod(0o644)
    with pytest.raises(ConfigurationRefused, match="chmod 600"):
        load_signer(signing)
