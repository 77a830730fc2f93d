"""Secrets by name: ``${credential:NAME}`` is filled in at the last moment, and never shown, logged or kept."""

from __future__ import annotations

import os
import re
from pathlib import Path

from retentiond.config.patterns import CREDENTIAL
from retentiond.domain.errors import ConfigurationRefused, Fault


def resolve(text: str) -> str:
    """Return the text with each ``${credential:NAME}`` replaced by the secret of that name.

    The secret stands in the file ``$CREDENTIALS_DIRECTORY/NAME`` (systemd.exec(5), ``LoadCredential=``), of which one
    newline at the end is left out, or else in the environment variable ``RETENTIOND_CREDENTIAL_NAME``. It is put in
    as it is: in a URL, write the secret with its special characters percent-encoded.

    Raises:
        ConfigurationRefused: there is no such credential, for every one that is missing; it says what to set.
    """
    faults: list[Fault] = []
    found: dict[str, str] = {}
    for name in dict.fromkeys(re.findall(CREDENTIAL, text)):
        secret = _secret(name, faults)
        if secret is not None:
            found[name] = secret
    if "${" in re.sub(CREDENTIAL, "", text):
        faults.append(Fault("", "a reference to a credential cannot be read", "write ${credential:NAME}"))
    if faults:
        raise ConfigurationRefused(*faults)
    return re.sub(CREDENTIAL, lambda match: found[match[1]], text)


def _secret(name: str, faults: list[Fault]) -> str | None:
    place = f"credential {name}"
    variable = "RETENTIOND_CREDENTIAL_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    if folder := os.environ.get("CREDENTIALS_DIRECTORY"):
        try:
            return Path(folder, name).read_bytes().decode().removesuffix("\n")
        except FileNotFoundError:
            pass
        except OSError as error:
            why = (error.strerror or "it cannot be opened").lower()
            faults.append(Fault(place, f"its file cannot be read: {why}", "check its permissions"))
            return None
        except UnicodeDecodeError:
            faults.append(Fault(place, "its file is not UTF-8 text", "store the secret as text"))
            return None
    if (secret := os.environ.get(variable)) is None:
        remedy = f"add 'LoadCredential={name}:FILE' to the unit, or set the environment variable {variable}"
        faults.append(Fault(place, "this credential is not set", remedy))
    return secret
