"""What a steward can decide, and the reasons for which a surprising figure is right."""

from __future__ import annotations

# How an alert stands that is to be asked about and stands in no letter yet, and once a letter asks.
TO_BE_ASKED, WAITING = "to be asked", "waiting for the agency"
# What each kind of decision is called, and the status that it gives the alert.
KINDS = {
    "acknowledge": ("Seen, not decided yet", "acknowledged"),
    "ask": ("Ask the lead agency (in the next letter)", TO_BE_ASKED),
    "confirm": ("The figure is correct", "confirmed"),
    "correct": ("Count another figure in its place", "corrected"),
    "leave-out": ("Leave the figure out of the KPIs", "left out"),
    "rule-wrong": ("Not an error of this kind", "rule wrong"),
    "reopen": ("Ask again", "reopened"),
}

# Decisions that settle the question; the others leave it open.
SETTLING = ("confirm", "correct", "leave-out", "rule-wrong")

# Why a figure that looked wrong is right.
REASONS = {
    "growth": "Grew or shrank in the ordinary course of business",
    "contract": "Won, lost or ended a contract or grant",
    "one-off": "One-off income, gift or sale",
    "merger": "Merged, took over or split off work",
    "staffing": "Hired, laid off or changed how staff are counted",
    "accounts": "Changed its accounting year or method",
    "earlier-wrong": "The earlier figure was wrong, this one is right",
    "genuine-none": "The answer really is none",
    "checked": "Checked against accounts or records",
    "other": "Another reason, given in the explanation",
}
