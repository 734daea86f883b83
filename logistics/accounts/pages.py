"""Signing in and out, the language switch, and the people."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.errors import InvalidInput, InventoryError, NotFound
from inventory.units import Unit, get_unit, is_within, subtree
from logistics.accounts import operations
from logistics.accounts.models import Role, User
from logistics.accounts.operations import SIGN_IN_LASTS, TooManyTries, WrongPassword
from logistics.accounts.permissions import Permission, permit
from logistics.config import LANGUAGES
from logistics.web.context import me, now, reading, settings, transaction
from logistics.web.guard import COOKIE
from logistics.web.sentences import says, sentence

blueprint = Blueprint("accounts", __name__, template_folder="templates")


@says(WrongPassword)
def _wrong_password(error: WrongPassword) -> str:
    return _("Name or password is wrong. Look for Caps Lock; your administrator can set a new password.")


@says(TooManyTries)
def _too_many_tries(error: TooManyTries) -> str:
    return _("Too many wrong passwords. Wait a quarter of an hour, or ask your administrator for a new one.")


@blueprint.get("/sign-in")
@permit(Permission.PUBLIC)
def sign_in_form() -> ResponseReturnValue:
    return render_template("accounts/sign_in.html", next=_own_path(request.args.get("next", "/")))


@blueprint.post("/sign-in")
@permit(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    target = _own_path(request.form.get("next", "/"))
    address = request.remote_addr or ""
    try:
        with transaction() as session:
            user = operations.check_password(session, sign_in_name=name, password=password, address=address, at=now())
            secret = operations.sign_in(session, user_id=user.id, device=request.user_agent.string, at=now())
    except (WrongPassword, TooManyTries) as error:
        _count(error, name)
        return render_template("accounts/sign_in.html", next=target, name=name, error=sentence(error)), 422
    language = cookie.get("language")
    cookie.clear()
    if language:
        cookie["language"] = language
    response = redirect(target)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=SIGN_IN_LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings().secure_cookies,
    )
    return response


@blueprint.post("/sign-out")
@permit(Permission.SIGNED_IN)
def sign_out() -> ResponseReturnValue:
    with transaction() as session:
        operations.sign_out(session, secret=request.cookies.get(COOKIE, ""), at=now())
    response = redirect(url_for("accounts.sign_in_form"))
    response.delete_cookie(COOKIE)
    return response


@blueprint.post("/language")
@permit(Permission.PUBLIC)
def speak() -> ResponseReturnValue:
    language = request.form.get("language", "")
    if language in LANGUAGES:
        cookie["language"] = language
        cookie.permanent = True
    return redirect(_own_path(request.form.get("next", "/")))


@blueprint.get("/people")
@permit(Permission.ADMINISTER)
def people() -> ResponseReturnValue:
    with reading() as session:
        return _people(session)


@blueprint.post("/people")
@permit(Permission.ADMINISTER)
def add_person() -> ResponseReturnValue:
    form = request.form
    try:
        with transaction() as session:
            user = operations.add_user(
                session,
                sign_in_name=form.get("sign_in_name", "").strip(),
                name=form.get("name", "").strip(),
                role=_role(form.get("role", "")),
                unit=_own_unit(session, form.get("unit_id", 0, type=int)),
                password=form.get("password", ""),
                phone=form.get("phone", "").strip(),
                at=now(),
            )
    except InventoryError as error:
        with reading() as session:
            return _people(session, error=sentence(error)), 422
    flash(_("%(name)s can sign in now as %(sign_in_name)s.", name=user.name, sign_in_name=user.sign_in_name))
    return redirect(url_for("accounts.people"))


@blueprint.post("/people/<int:user_id>/sign-out-everywhere")
@permit(Permission.ADMINISTER)
def sign_out_everywhere(user_id: int) -> ResponseReturnValue:
    with transaction() as session:
        operations.revoke_all(session, user_id=_own_person(session, user_id).id, at=now())
    flash(_("Signed out on every device."))
    return redirect(url_for("accounts.people"))


@blueprint.post("/people/<int:user_id>/new-password")
@permit(Permission.ADMINISTER)
def set_password(user_id: int) -> ResponseReturnValue:
    """For somebody who has forgotten theirs."""
    try:
        with transaction() as session:
            user = _own_person(session, user_id)
            operations.change_password(session, user_id=user.id, password=request.form.get("password", ""), at=now())
    except InvalidInput as error:
        with reading() as session:
            return _people(session, error=sentence(error)), 422
    flash(_("%(name)s signs in with the new password from now on; every device was signed out.", name=user.name))
    return redirect(url_for("accounts.people"))


@blueprint.post("/people/<int:user_id>/switch")
@permit(Permission.ADMINISTER)
def switch(user_id: int) -> ResponseReturnValue:
    """Off for who has left, on again for who comes back; what they did stays in the books."""
    active = request.form.get("active") == "1"
    try:
        with transaction() as session:
            user = _own_person(session, user_id)
            if user.id == me().id:
                raise InvalidInput("person", "oneself", user.name)
            operations.switch(session, user=user, active=active, at=now())
    except InvalidInput as error:
        with reading() as session:
            return _people(session, error=sentence(error)), 422
    flash(_("%(name)s can sign in again.", name=user.name) if active else _("%(name)s is out.", name=user.name))
    return redirect(url_for("accounts.people"))


@blueprint.get("/account")
@permit(Permission.SIGNED_IN)
def account() -> ResponseReturnValue:
    return render_template("accounts/account.html")


@blueprint.post("/account/password")
@permit(Permission.SIGNED_IN)
def change_password() -> ResponseReturnValue:
    old, new = request.form.get("old", ""), request.form.get("new", "")
    try:
        with transaction() as session:
            operations.check_password(
                session, sign_in_name=me().sign_in_name, password=old, address=request.remote_addr or "", at=now()
            )
            operations.change_password(session, user_id=me().id, password=new, at=now())
    except (InventoryError, WrongPassword, TooManyTries) as error:
        _count(error, me().sign_in_name)
        return render_template("accounts/account.html", error=sentence(error)), 422
    flash(_("The new password holds. Sign in with it."))
    return redirect(url_for("accounts.sign_in_form"))


def _people(session: Session, error: str | None = None) -> str:
    ours = subtree(me().unit_id)
    users = session.scalars(select(User).where(User.unit_id.in_(ours)).order_by(User.role, User.sign_in_name)).all()
    units = session.scalars(select(Unit).where(Unit.id.in_(ours)).order_by(Unit.code)).all()
    return render_template(
        "accounts/people.html", users=users, units=units, roles=list(Role), error=error, form=request.form
    )


def _own_person(session: Session, user_id: int) -> User:
    """The person, if their unit is the administrator's own or one below it. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None or not is_within(session, user.unit_id, me().unit_id):
        raise NotFound("person", user_id)
    return user


def _own_unit(session: Session, unit_id: int) -> Unit:
    """The unit, if it is the administrator's own or one below it. Raises NotFound."""
    if not is_within(session, unit_id, me().unit_id):
        raise NotFound("unit", unit_id)
    return get_unit(session, unit_id)


def _count(error: Exception, sign_in_name: str) -> None:
    """A wrong password counts; a try that was not even looked at does not, or whoever keeps trying is shut out for good."""
    if isinstance(error, WrongPassword):
        with transaction() as session:
            operations.record_failure(session, sign_in_name=sign_in_name, address=request.remote_addr or "", at=now())


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise InvalidInput("role", "unknown", value) from None


def _own_path(target: str) -> str:
    """A path of ours, or the first page: a sign-in must not lead to another site."""
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and not any(c < " " for c in target)
    return target if own else "/"
