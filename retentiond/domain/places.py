"""Countries and cloud regions: where data may lie.

Sources: ISO 3166-1 alpha-2; the EEA is the EU, Iceland, Liechtenstein and Norway (ICO, 15 January 2026).
"""

from __future__ import annotations

EEA = frozenset(
    {"AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT", "LU"}
    | {"MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO"}
)

AWS_REGION_COUNTRY = {
    "eu-west-1": "IE",
    "eu-west-2": "GB",
    "eu-west-3": "FR",
    "eu-central-1": "DE",
    "eu-central-2": "CH",
    "eu-north-1": "SE",
    "eu-south-1": "IT",
    "eu-south-2": "ES",
    "eusc-de-east-1": "DE",
}
"""Country of each European AWS region. eu-central-2 is Zurich: neither UK nor EEA. One not named here is unknown."""
