"""The words of this feature: bases and states of norms, methods of forecasting, and the sentences that say how a figure came about."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from inventory.catalogue import MEASURES_MG, Item, get_item
from inventory.consumption import Task, TaskKind, TaskShort
from inventory.errors import InvalidInput
from inventory.forecast import Choice, Method, Why
from inventory.needs import Part
from inventory.norms import Basis, Norm, NormState
from inventory.places import get_location
from inventory.units import Tier, UnitKind
from logistics.needs.operations import OnlyTheTop
from logistics.web import words
from logistics.web.context import reading
from logistics.web.formats import number, quantity
from logistics.web.sentences import says
from logistics.web.words import word

words.WORDS.update(
    words.keyed(
        (Basis.PERSON_SHIFT, lazy_gettext("per person and shift")),
        (Basis.AREA_ROUND, lazy_gettext("per m² and round")),
        (Basis.ISOLATED_DAY, lazy_gettext("per isolated person and day")),
        (Basis.HOUSEHOLD_DAY, lazy_gettext("per household and day")),
        (Basis.POINT_DAY, lazy_gettext("per point and day")),
        (NormState.PROPOSED, lazy_gettext("waits for approval")),
        (NormState.APPROVED, lazy_gettext("in force")),
        (NormState.DECLINED, lazy_gettext("sent back")),
        (NormState.ENDED, lazy_gettext("ended")),
        (TaskKind.ROUND, lazy_gettext("disinfection")),
        (TaskKind.SHIFT, lazy_gettext("shift on duty")),
        (Method.MOVING_AVERAGE, lazy_gettext("average of seven days")),
        (Method.NORM, lazy_gettext("norm")),
        (Method.QUANTILE, lazy_gettext("median of four weeks")),
        (Method.CROSTON, lazy_gettext("Croston")),
        (Method.SBA, lazy_gettext("Croston, corrected (SBA)")),
        (Method.TSB, lazy_gettext("TSB")),
    )
)
words.MARKS.update(
    words.keyed(
        (NormState.PROPOSED, ("azure", "○")),
        (NormState.APPROVED, ("green", "✓")),
        (NormState.DECLINED, ("red", "✗")),
        (NormState.ENDED, ("secondary", "–")),
    )
)

#: What each basis is counted in, for the sentence of a reckoned need.
_COUNTED: dict[Basis, LazyString] = {
    Basis.PERSON_SHIFT: lazy_gettext("person-shifts"),
    Basis.AREA_ROUND: lazy_gettext("m² in all rounds"),
    Basis.ISOLATED_DAY: lazy_gettext("isolated people"),
    Basis.HOUSEHOLD_DAY: lazy_gettext("households"),
    Basis.POINT_DAY: lazy_gettext("points"),
}
_WHY: dict[Why, Callable[[int], str]] = {
    Why.SHORT_HISTORY: lambda days: _("only %(days)s days with stock are known, too few to learn from", days=days),
    Why.NOTHING_USED: lambda days: _("nothing was used in %(days)s days", days=days),
    Why.ERRED_LEAST: lambda days: _("of all methods it erred least over %(days)s days", days=days),
}


@says(OnlyTheTop)
def _only_the_top(error: OnlyTheTop) -> str:
    return _("Norms hold for all units: a leader of the topmost unit decides about them. Nothing was changed.")


@says(TaskShort)
def _task_short(error: TaskShort) -> str:
    with reading() as session:
        item, place = get_item(session, error.item_id), get_location(session, error.location_id).name
        said = _(
            "This takes %(wanted)s of %(item)s; %(place)s has only %(available)s to give.",
            wanted=quantity(error.wanted, item),
            item=item.name,
            place=place,
            available=quantity(error.available, item),
        )
    return f"{said} {_enough_for(error)}"


def _enough_for(error: TaskShort) -> str:
    count = number(error.enough_for)
    if error.kind is TaskKind.ROUND:
        return _(
            "That is enough for %(count)s m² once. Nothing was recorded; do a smaller area or ask for more.",
            count=count,
        )
    return _("That is enough for %(count)s people on one shift. Nothing was recorded; ask for more.", count=count)


def amount(value: Fraction) -> str:
    """An exact amount as people write it: 2, 0.5, 1/3."""
    decimal = Decimal(value.numerator) / value.denominator
    return str(format_decimal(decimal)) if Fraction(decimal) == value else f"{value.numerator}/{value.denominator}"


def norm_amount(norm: Norm) -> str:
    """2 只 per person and shift."""
    return _(
        "%(amount)s %(unit)s %(basis)s", amount=amount(norm.amount), unit=norm.item.base_unit, basis=word(norm.basis)
    )


def norm_scope(norm: Norm) -> str:
    """Whom a norm is for: 医院；一线点位."""
    kinds = "、".join(word(kind) for kind in UnitKind if kind in norm.kinds)
    tiers = "、".join(word(tier) for tier in Tier if tier in norm.tiers)
    return _("; ").join(filter(None, [kinds, tiers])) or _("all units")


def norm_dose(norm: Norm) -> str:
    """500 mg/L, 100 mL/m², where the amount follows from a dose."""
    if norm.target_mg_per_l is None:
        return ""
    return dose_words(norm.target_mg_per_l, norm.ml_per_m2 or 0)


def dose_words(target_mg_per_l: int, ml_per_m2: int) -> str:
    return _("%(target)s mg/L, %(volume)s mL/m²", target=number(target_mg_per_l), volume=number(ml_per_m2))


def part_words(part: Part) -> str:
    """How one norm contributes: 2 只 × 18 person-shifts = 36 只."""
    return _(
        "%(amount)s %(unit)s × %(count)s %(counted)s = %(need)s",
        amount=amount(part.norm.amount),
        unit=part.norm.item.base_unit,
        count=number(part.count),
        counted=_COUNTED[part.norm.basis],
        need=rounded(part.need, part.norm.item),
    )


def rounded(value: Fraction | float, item: Item) -> str:
    """About so much: weights and volumes in the largest measure they fill, everything else in pieces. 1.25 公斤, 36 只."""
    measures = {word_: size for word_, size in item.units().items() if word_ in MEASURES_MG and size <= value}
    word_ = max(measures, key=measures.__getitem__, default=item.base_unit)
    amount_ = float(value) / item.units()[word_]
    return f"{format_decimal(round(amount_, 2 if word_ != item.base_unit else 1 if amount_ < 10 else 0))} {word_}"


def task_words(task: Task) -> str:
    """What was done, from the figures kept with it."""
    figures = task.figures
    if task.kind is TaskKind.ROUND:
        return _(
            "%(rounds)s rounds of %(area)s m², %(dose)s",
            rounds=figures["rounds"],
            area=number(figures["area_m2"]),
            dose=dose_words(figures["target_mg_per_l"], figures["ml_per_m2"]),
        )
    return _("%(people)s people, %(shifts)s shifts", people=number(figures["people"]), shifts=figures["shifts"])


def method_words(demand: Choice) -> str:
    """How the demand of a day was forecast, and why so."""
    return _("by %(method)s: %(why)s", method=word(demand.method), why=_WHY[demand.why](demand.days))


def dose_problem(error: InvalidInput) -> str:
    """What is wrong with a dose, for the field it stands beside."""
    match error.problem:
        case "no-concentration":
            return _("The concentration of %(item)s is not known. Add it with the table of items.", item=error.value)
        case "too-weak":
            return _("The product itself is weaker than that. Choose a lower concentration.")
        case "no-weight":
            return _(
                "It is not known what a piece of %(item)s weighs. Add it with the table of items.", item=error.value
            )
        case _:
            return _("This cannot be right.")
