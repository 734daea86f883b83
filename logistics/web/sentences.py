"""Every error as a sentence for the person: what happened, what was kept, what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flask_babel import gettext as _

from inventory.catalogue import get_item
from inventory.errors import (
    AlreadyPaid,
    AlreadyReversed,
    DayClosed,
    InvalidInput,
    InventoryError,
    KeyReused,
    NotFound,
    NotYetThere,
    OverDelivery,
    Overspent,
    Promised,
    Restricted,
    Short,
    UnfitPicture,
    WrongState,
)
from inventory.places import get_location
from inventory.units import get_unit
from logistics.errors import ServiceError
from logistics.web.context import reading
from logistics.web.formats import day, money, quantity
from logistics.web.refusals import BeyondReckoning, Crossed

#: What the service's own errors say; each feature adds its own at import (`says`).
_SAID: dict[type[Exception], Callable[..., str]] = {}


def says[E: Exception](kind: type[E]) -> Callable[[Callable[[E], str]], Callable[[E], str]]:
    """Register the sentence of one kind of error."""

    def register(sentence_: Callable[[E], str]) -> Callable[[E], str]:
        _SAID[kind] = sentence_
        return sentence_

    return register


def sentence(error: InventoryError | ServiceError) -> str:
    """The sentence for an error in the reader's language."""
    for kind in type(error).__mro__:
        if kind in _SAID:
            return _SAID[kind](error)
    return _("This could not be done. Nothing was changed.")


@says(Short)
def _short(error: Short) -> str:
    with reading() as session:
        item, place = get_item(session, error.item_id), get_location(session, error.location_id).name
        return _(
            "%(place)s has only %(available)s of %(item)s left to give, %(wanted)s were asked for. Nothing was changed; "
            "ask for less, or look at the stock card to see who was faster.",
            place=place,
            item=item.name,
            available=quantity(error.available, item),
            wanted=quantity(error.wanted, item),
        )


@says(Restricted)
def _restricted(error: Restricted) -> str:
    with reading() as session:
        item, place = get_item(session, error.item_id), get_location(session, error.location_id).name
        units = "、".join(get_unit(session, unit_id).name for unit_id in sorted(error.unit_ids))
        return _(
            "%(restricted)s of %(item)s in %(place)s were given for %(units)s only. For others there are %(available)s, "
            "%(wanted)s were asked for. Nothing was changed.",
            restricted=quantity(error.restricted, item),
            item=item.name,
            place=place,
            units=units,
            available=quantity(error.available, item),
            wanted=quantity(error.wanted, item),
        )


@says(Promised)
def _promised(error: Promised) -> str:
    with reading() as session:
        item, place = get_item(session, error.item_id), get_location(session, error.location_id).name
        return _(
            "%(place)s promised %(promised)s of %(item)s to others; beside that there are %(available)s, %(wanted)s would be taken. "
            "Nothing was changed; withdraw the promise first, or take less.",
            place=place,
            promised=quantity(error.promised, item),
            item=item.name,
            available=quantity(error.available, item),
            wanted=quantity(error.wanted, item),
        )


@says(NotYetThere)
def _not_yet_there(error: NotYetThere) -> str:
    with reading() as session:
        item, place = get_item(session, error.item_id), get_location(session, error.location_id).name
        return _(
            "On %(day)s %(place)s had only %(available)s of %(item)s to spare, %(wanted)s were asked for; the rest came in or was "
            "free only later. Nothing was changed; correct the day or the quantity.",
            day=day(error.day),
            place=place,
            item=item.name,
            available=quantity(error.available, item),
            wanted=quantity(error.wanted, item),
        )


@says(DayClosed)
def _day_closed(error: DayClosed) -> str:
    return _(
        "%(unit)s has closed its books through %(day)s (%(number)s). Nothing was recorded; record it today, and write the true day and "
        "the reason into the note.",
        unit=error.unit,
        day=day(error.day),
        number=error.number,
    )


@says(OverDelivery)
def _over_delivery(error: OverDelivery) -> str:
    with reading() as session:
        item = get_item(session, error.item_id)
        return _(
            "Of %(item)s only %(open)s are still open on %(number)s, %(arrived)s are entered. Nothing was recorded yet; correct "
            "it, or say below that more is taken in.",
            item=item.name,
            open=quantity(error.open, item),
            number=error.number,
            arrived=quantity(error.arrived, item),
        )


@says(Overspent)
def _overspent(error: Overspent) -> str:
    return _(
        "“%(purpose)s” has only %(left)s left, %(wanted)s were to be taken. Nothing was recorded.",
        purpose=error.purpose or _("any purpose"),
        left=money(error.left_fen),
        wanted=money(error.wanted_fen),
    )


@says(AlreadyPaid)
def _already_paid(error: AlreadyPaid) -> str:
    return _(
        "%(spent)s of donated money is entered for %(number)s. Nothing was changed; reverse it in the money book first, then "
        "cancel the order.",
        spent=money(error.spent_fen),
        number=error.number,
    )


@says(NotFound)
def _not_found(error: NotFound) -> str:
    return _("%(key)s is not known here. It may have been mistyped, or belong to another unit.", key=error.key)


@says(KeyReused)
def _key_reused(error: KeyReused) -> str:
    return _(
        "This form was already sent with other contents. The first was recorded, this one was not; open a new form."
    )


@says(AlreadyReversed)
def _already_reversed(error: AlreadyReversed) -> str:
    return _("%(number)s has been reversed already, or is itself a reversal. Nothing was changed.", number=error.number)


@says(WrongState)
def _wrong_state(error: WrongState) -> str:
    return _("%(number)s has moved on in the meantime. Nothing was changed; load the page again.", number=error.number)


@says(BeyondReckoning)
def _beyond_reckoning(error: BeyondReckoning) -> str:
    return _("A number or a date here lies beyond what can be reckoned with. Nothing was recorded; look at it again.")


@says(Crossed)
def _crossed(error: Crossed) -> str:
    return _("Somebody else recorded the same thing at the same moment. Nothing of yours was recorded; send it again.")


@says(UnfitPicture)
def _unfit_picture(error: UnfitPicture) -> str:
    if error.problem == "photo-too-large":
        return _("The photo is larger than 2 MB. Nothing was changed; take it smaller or crop it.")
    return _("This is no PNG, JPEG or WebP picture. Nothing was changed; choose a photo.")


@says(InvalidInput)
def _invalid(error: InvalidInput) -> str:
    said = {
        "not-positive": _("The quantity must be above zero."),
        "not-a-number": _("The quantity is not a number."),
        "fraction": _("The quantity does not come to a whole number of the smallest unit."),
        "too-large": _("The quantity is too large to be true."),
        "unknown-unit": _("Unknown unit. Use one of: %(words)s.", words="、".join(map(str, _listed(error.value)))),
        "same-as-source": _("From and to are the same place."),
        "nothing-asked": _("Nobody asks for %(item)s at the moment.", item=error.value),
        "too-short": _("The password needs at least %(count)s characters.", count=error.value),
        "taken": _("The sign-in name %(name)s is already used.", name=error.value),
        "differs-from-lot": _(
            "This lot is already known with another expiry date (%(day)s).", day=_known_day(error.value)
        ),
        "expired": _(
            "It had expired (%(day)s) before it came in. Compare both dates with the label.",
            day=_known_day(error.value),
        ),
        "not-permitted": _("Overrides are for those who may sign for them."),
        "above-keep": _("Nobody gives below what others are brought to: at most %(days)s days.", days=error.value),
        "no-comment": _("Say why: a change or a refusal needs a comment."),
        "more-than-there-is": _("The overrides give more than there is: only %(packs)s packs.", packs=error.value),
        "cannot-be-served": _("An override cannot be served: nothing that there is may go to that point."),
        "empty": _("Something is missing: %(field)s.", field=error.field),
        "too-long": _("This is too long: at most %(count)s characters.", count=error.value),
        "control-character": _("An invisible character got into the text. Type it again instead of pasting it."),
        "unknown": _("“%(value)s” is not one of the choices. Choose again.", value=str(error.value)[:40]),
        "zero": _("The difference is zero: there is nothing to post."),
        "negative": _("The quantity is below zero."),
        "nothing-counted": _("Nothing has been counted yet on %(number)s.", number=error.value),
        "not-in-count": _("%(item)s is not part of this count.", item=error.value),
        "future": _("This moment has not come yet."),
        "before-start": _("That is before the count began."),
        "outside": _("%(place)s is not a place of ours; there is nothing to count.", place=error.value),
        "nothing-chosen": _("Nothing is chosen yet. Tick what it is about."),
        "unchanged": _("Lot %(lot)s is not blocked.", lot=error.value),
        "not-blocked": _("Lot %(lot)s is not blocked. Quarantine or recall it first.", lot=error.value),
        "still-usable": _(
            "Lot %(lot)s may still be used. Quarantine it first if it is no longer good.", lot=error.value
        ),
        "too-many": _("That is more than they still have of it (%(count)s).", count=error.value),
        "comes-by-trip": _("What is on %(vehicle)s comes back with its trip.", vehicle=error.value),
        "twice": _("An item stands on two lines. Put it on one."),
        "not-ordered": _("%(item)s is not on this order.", item=error.value),
        "not-a-store": _("%(place)s is not a store.", place=error.value),
        "nothing-returned": _("Nothing is entered yet. Write beside a lot how much of it comes back."),
        "not-sent": _("A lot was counted that was not sent. Load the page again."),
        "not-counted": _("A lot was not counted. Load the page again."),
        "not-equipment": _("%(item)s is not kept piece by piece: only equipment has serial numbers.", item=error.value),
        "serial-twice": _("Serial number %(serial)s stands here twice.", serial=error.value),
        "too-many-serials": _("At most %(count)s pieces at once.", count=error.value),
        "interval": _("Calibration comes every 1 to 3650 days."),
        "oneself": _("Nobody switches themselves off. Another administrator can."),
        "own-proposal": _(
            "You proposed this version yourself; somebody else who may approve has to let it hold. Nothing was changed."
        ),
        "too-small": _(
            "In packs as small as “%(pack)s” it cannot be shared out here. Choose a larger one.", pack=error.value
        ),
        "too-early": _("This day is too early."),
        "never-together": _(
            "%(items)s must not go in one vehicle. Share them out apart, or without vehicles.", items=error.value
        ),
        "not-of-class": _("%(item)s does not belong to this class.", item=error.value),
        "unlawful": _("This cannot be decided: it breaks the rules of its own case (%(rules)s).", rules=error.value),
        "other-unit": _(
            "This money was not given for %(unit)s. Choose an order of the unit that got it, or of one above or below it.",
            unit=error.value,
        ),
        "not-for-surplus": _("A surplus goes back, or stays with the receiver; nothing of it is lost."),
    }
    return said.get(error.problem, _("%(field)s cannot be %(value)s.", field=error.field, value=error.value))


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _known_day(value: object) -> str:
    """The day that a refusal names, or a dash where it names none."""
    return day(value) if isinstance(value, dt.date) else "—"
