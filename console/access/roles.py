"""The roles that a user of the console can have; each user has one."""

from __future__ import annotations

STEWARD, AGENCY, ANALYST, OFFICER, ADMINISTRATOR = "steward", "agency", "analyst", "officer", "administrator"
ROLES = {
    STEWARD: "Data steward",
    AGENCY: "Lead agency",
    ANALYST: "Analyst",
    OFFICER: "Lead officer",
    ADMINISTRATOR: "Administrator",
}
EVERYONE = frozenset(ROLES)
# Everybody who works for the authority: sees all clusters.
AUTHORITY = EVERYONE - {AGENCY}
