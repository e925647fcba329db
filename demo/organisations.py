"""Invented organisations: who takes part in which cluster, from when to when, and how they are registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp, log
from random import Random

from ingestion.programme import year_bounds

YEARS = ("2022-23", "2023-24", "2024-25", "2025-26")

# Names are put together from these, each pair of syllables once, so that no two are alike.
_STARTS = (
    "Brindle", "Quill", "Tansy", "Lark", "Copper", "Fennel", "Marl", "Wren", "Otter", "Sorrel", "Pebble", "Thistle",
    "Amber", "Bramble", "Clover", "Damson", "Ember", "Foxglove", "Gorse", "Hazel", "Indigo", "Juniper", "Kestrel",
    "Lantern", "Mallow", "Nettle", "Orchil", "Plover", "Rowan", "Saffron", "Teasel", "Umber", "Velvet", "Willow",
)  # fmt: skip
_ENDS = ("wick", "haven", "combe", "mere", "thorpe", "garth", "holt", "beck", "stead", "fold", "ley", "mantle")
_KINDS = (
    "Repair Workshop", "Community Kitchen", "Arts Studio", "Credit Circle", "Garden Project", "Training Rooms",
    "Youth Theatre", "Bike Works", "Care Collective", "Furniture Store", "Language Hub", "Wood Recyclers",
    "Nursery", "Advice Desk", "Food Growers", "Music Sessions", "Carers Network", "Print House", "Energy Savers",
    "Day Centre", "Textile Makers", "Transport Share",
)  # fmt: skip
_AREAS = {"ward-end": ("B8",), "walsall": ("WS1", "WS2"), "smethwick": ("B66", "B67"), "wolverhampton": ("WV1", "WV2")}
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # letters of the second half of a postcode
_SECTORS = (
    "culture", "education", "health", "social services", "environment", "development and housing",
    "civic and advocacy", "other",
)  # fmt: skip
# Legal form, how often among fifty, and which numbers it has: charity, company, mutual.
_LEGAL_FORMS = (
    ("CIC (guarantee)", 12, "company"),
    ("charitable company", 11, "charity company"),
    ("CLG", 7, "company"),
    ("CIO (foundation)", 5, "charity"),
    ("CIO (association)", 4, "charity"),
    ("registered society (community benefit)", 3, "mutual"),
    ("registered society (co-operative)", 2, "mutual"),
    ("CIC (shares)", 1, "company"),
    ("unincorporated association", 5, ""),
)
_GROWTH = {"ward-end": 0.15, "walsall": 0.09, "smethwick": 0.12, "wolverhampton": 0.08}  # mean of the log, a year
_FIRST_MEMBERS = 46
_JOINERS = 3
_LEAVERS = 2
_MEDIAN_TURNOVER_GBP = 90_000
_FAST_TRACK_RATIO = 0.12
_PREMISES_RATIO = 0.7
# A charity that earns more than this share of its turnover counts as a trading one.
_TRADING_RATIO = 0.4
_SOCIAL_ENTERPRISE_RATIO = 0.55


@dataclass(frozen=True)
class Organisation:
    """One invented organisation in one cluster. Money in pounds, growth as the mean of the log of a year's ratio."""

    cluster_id: str
    name: str
    charity_number: str | None
    company_number: str | None
    mutual_number: str | None
    postcode: str
    legal_form: str
    sectors: tuple[str, ...]
    participant_class: str
    joined_on: date
    left_on: date | None
    leaves_as: str  # what is answered in the year it leaves: left or closed
    silent_year: str | None  # the one year in which it does not answer
    fast_track: bool
    year_end: tuple[int, int]  # month and day
    first_turnover_gbp: float
    growth: float
    turnover_per_fte_gbp: float
    traded_ratio: float
    volunteers_base: int
    hours_each_volunteer: int
    clients_base: int
    has_premises: bool

    @property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """Scheme and number of each registration it has."""
        found = (
            ("GB-CHC", self.charity_number), ("GB-COH", self.company_number), ("GB-MPR", self.mutual_number),
        )  # fmt: skip
        return tuple((scheme, number) for scheme, number in found if number)

    def is_in(self, year: str) -> bool:
        """Whether it has a row in the return of a reporting year; the year it leaves is the last."""
        starts_on, ends_on = year_bounds(year)
        return self.joined_on <= ends_on and (self.left_on is None or self.left_on >= starts_on)

    def status(self, year: str) -> str:
        """What it answers to "Answering this year?"."""
        if self.left_on and self.left_on <= year_bounds(year)[1]:
            return self.leaves_as
        return "not answering" if year == self.silent_year else "answered"


def make_organisations(random: Random, clusters: Sequence[str]) -> tuple[Organisation, ...]:
    """Everyone who ever takes part in these clusters, by cluster and then by when they joined."""
    stems = [start + end for start in _STARTS for end in _ENDS]
    random.shuffle(stems)
    serials = iter(random.sample(range(10_000, 99_999), len(stems)))
    everyone: list[Organisation] = []
    for cluster_id in clusters:
        joined = [YEARS[0]] * _FIRST_MEMBERS + [year for year in YEARS[1:] for _ in range(_JOINERS)]
        members = [
            _organisation(random, cluster_id, stems.pop(), next(serials), year, form)
            for year, form in zip(joined, _legal_forms(random), strict=True)
        ]
        # Leavers and silent ones are taken from the first members, each at most once.
        chosen = random.sample(range(_FIRST_MEMBERS), 2 * _LEAVERS * (len(YEARS) - 1))
        for year in YEARS[1:]:
            for _ in range(_LEAVERS):
                leaver, silent = chosen.pop(), chosen.pop()
                left_on = date(int(year[:4]), random.randint(6, 12), random.randint(1, 28))
                members[leaver] = replace(members[leaver], left_on=left_on)
                members[silent] = replace(members[silent], silent_year=year)
        everyone += members
    return tuple(everyone)


def _legal_forms(random: Random) -> list[tuple[str, str]]:
    """A legal form, and the numbers it has, for each member of a cluster: every cluster has some of each."""
    forms = [(form, has) for form, times, has in _LEGAL_FORMS for _ in range(times)]
    random.shuffle(forms)
    registered = [(form, has) for form, has in forms if has]
    return forms[:_FIRST_MEMBERS] + random.sample(registered, _JOINERS * (len(YEARS) - 1))


def _organisation(
    random: Random, cluster_id: str, stem: str, serial: int, joined: str, form: tuple[str, str]
) -> Organisation:
    legal_form, has = form
    turnover = min(max(exp(random.gauss(log(_MEDIAN_TURNOVER_GBP), 1.0)), 6_000), 2_500_000)
    area = random.choice(_AREAS[cluster_id])
    trading = random.uniform(0.35, 0.95)
    return Organisation(
        cluster_id=cluster_id,
        name=f"{stem} {random.choice(_KINDS)}{_name_ending(legal_form)}",
        # Well-formed numbers far above those given out so far, so that they are nobody's.
        charity_number=f"97{serial}" if "charity" in has else None,
        company_number=f"987{serial}" if "company" in has else None,
        mutual_number=f"9{serial}R" if has == "mutual" else None,
        postcode=f"{area} {random.randint(1, 9)}{random.choice(_LETTERS)}{random.choice(_LETTERS)}",
        legal_form=legal_form,
        sectors=tuple(random.sample(_SECTORS, random.choice((1, 1, 2, 3)))),
        participant_class=_participant_class(random, legal_form, trading),
        joined_on=date(int(joined[:4]), random.randint(4, 10), random.randint(1, 28)),
        left_on=None,
        leaves_as=random.choice(("left", "closed")),
        silent_year=None,
        fast_track=random.random() < _FAST_TRACK_RATIO,
        year_end=random.choices(((3, 31), (12, 31), (8, 31), (9, 30)), (70, 12, 12, 6))[0],
        first_turnover_gbp=turnover,
        growth=_GROWTH[cluster_id],
        turnover_per_fte_gbp=random.uniform(28_000, 65_000),
        traded_ratio=trading,
        volunteers_base=random.choice((0, 2, 4, 6, 8, 12, 20, 35)),
        hours_each_volunteer=random.randint(8, 150),
        clients_base=random.randint(20, 400),
        has_premises=random.random() < _PREMISES_RATIO,
    )


def _name_ending(legal_form: str) -> str:
    if legal_form.startswith("CIC"):
        return " CIC"
    if legal_form.startswith("registered society"):
        return " Society Limited"
    return " Limited" if legal_form == "CLG" else ""


def _participant_class(random: Random, legal_form: str, traded_ratio: float) -> str:
    if "charit" in legal_form or legal_form.startswith("CIO"):
        return "trading charity" if traded_ratio > _TRADING_RATIO else "non-trading"
    chosen = random.choice(("social enterprise", "social enterprise", "community business"))
    return chosen if traded_ratio > _SOCIAL_ENTERPRISE_RATIO else "community business"
