"""The editors' sign-in: the second step, the lockout and its ways out, and who may make whom what."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import transaction
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.builders import the_group
from tests.markup import complaints
from tests.test_hostile_requests import patterns

PASSWORD = "the-quiet-kitchen-at-six"


@pytest.fixture(autouse=True)
def fast_passwords(settings):
    """The real hashing takes a second of every test here, which is what it is for."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def editor(db) -> User:
    return User.objects.create_superuser("rosa", password=PASSWORD)


@pytest.fixture
def demanded(settings):
    settings.REQUIRE_OTP = True


def sign_in(client, *, username="rosa", password=PASSWORD, code="", **headers):
    return client.post(
        "/admin/login/?next=/admin/",
        {"username": username, "password": password, "otp_token": code},
        headers=headers,
    )


def app_code(device: TOTPDevice) -> str:
    """What the app shows now."""
    return f"{totp(device.bin_key):06d}"


def give_app(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="Authenticator app")


def errors(response) -> list[str]:
    return [str(error) for error in response.context["form"].non_field_errors()]


def is_in(client) -> bool:
    return client.get("/admin/").status_code == 200


def set_up(client) -> list[str]:
    """Set the second step up as an editor does; returns the recovery codes."""
    client.post("/admin/second-step/", {"step": "begin"})
    device = TOTPDevice.objects.get(confirmed=False)
    response = client.post("/admin/second-step/", {"step": "confirm", "code": app_code(device)})
    return response.context["codes"]


def test_without_a_second_step_the_demo_asks_for_none(client, editor):
    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_where_it_is_demanded_the_first_sign_in_leads_to_setting_it_up(client, editor, demanded):
    sign_in(client)

    for address in ("/admin/", "/admin/articles/article/", "/admin/password_change/"):
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, "/admin/second-step/")
    assert client.get("/admin/second-step/").status_code == 200


def test_setting_it_up_opens_the_admin_and_shows_ten_codes_once(client, editor, demanded):
    sign_in(client)

    codes = set_up(client)

    assert len(set(codes)) == 10
    assert is_in(client)
    page = client.get("/admin/second-step/").content.decode()
    assert "10 recovery codes are left" in page
    assert not any(code in page for code in codes)


def test_the_page_with_the_qr_code_keeps_the_policy_and_is_not_stored(client, editor, demanded):
    sign_in(client)
    client.post("/admin/second-step/", {"step": "begin"})

    response = client.get("/admin/second-step/")

    html = response.content.decode()
    assert complaints(html) == []
    assert 'href="otpauth://totp/' in html
    assert "no-store" in response["Cache-Control"]


def test_a_wrong_first_code_sets_nothing_up(client, editor, demanded):
    sign_in(client)
    client.post("/admin/second-step/", {"step": "begin"})

    response = client.post("/admin/second-step/", {"step": "confirm", "code": "000000"})

    assert response.status_code == 422
    assert response.context["form"].errors == {
        "code": ["This is not the code of this moment. Look whether the clock is right."]
    }
    assert not TOTPDevice.objects.get().confirmed
    assert not is_in(client)


def test_nobody_gets_to_set_it_up_without_the_password(client, editor, demanded):
    response = client.get("/admin/second-step/")

    assert (response.status_code, response["Location"]) == (
        302,
        "/admin/login/?next=/admin/second-step/",
    )


def test_who_has_a_second_step_needs_it_to_change_it(client, editor, demanded):
    give_app(editor)
    client.force_login(editor)  # the password alone, as in an older session

    for step in ("begin", "codes", "remove", "confirm"):
        response = client.post("/admin/second-step/", {"step": step})
        assert response["Location"] == "/admin/login/?next=/admin/second-step/"
    assert StaticDevice.objects.count() == 0


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "Enter the code from your authenticator app as well."),
        ("000000", "This code is not right, or was used before. Take the next one."),
        ("abcdefgh", "This code is not right. It has six digits in the app."),
    ],
)
def test_a_password_without_the_right_code_does_not_open(client, editor, code, sentence):
    give_app(editor)

    response = sign_in(client, code=code)

    assert (response.status_code, errors(response)) == (200, [sentence])
    assert PASSWORD not in response.content.decode()
    assert not is_in(client)


def test_password_and_code_open_in_one_step(client, editor, demanded):
    code = app_code(give_app(editor))

    assert sign_in(client, code=f"{code[:3]} {code[3:]}").status_code == 302
    assert is_in(client)


def test_a_code_opens_once(client, editor, demanded):
    code = app_code(give_app(editor))
    sign_in(client, code=code)
    client.logout()

    assert errors(sign_in(client, code=code)) == [
        "This code is not right, or was used before. Take the next one."
    ]


def test_a_recovery_code_opens_once(client, editor, demanded):
    sign_in(client)
    code = set_up(client)[0]
    client.logout()

    assert sign_in(client, code=code.upper()).status_code == 302
    assert is_in(client)
    client.logout()
    assert errors(sign_in(client, code=code)) == [
        "This code is not right, or was used before. Take the next one."
    ]


def test_another_editor_s_code_does_not_open(client, editor):
    other = User.objects.create_superuser("ben", password=PASSWORD)
    give_app(editor)

    sign_in(client, code=app_code(give_app(other)))

    assert not is_in(client)


def test_moving_to_another_phone_ends_the_old_one(client, editor, demanded):
    sign_in(client)
    old_codes = set_up(client)
    old = TOTPDevice.objects.get()

    new_codes = set_up(client)

    assert not set(old_codes) & set(new_codes)
    assert TOTPDevice.objects.get().key != old.key


def test_only_the_demo_lets_it_be_given_up(client, editor, settings):
    sign_in(client)
    set_up(client)
    settings.REQUIRE_OTP = True
    client.post("/admin/second-step/", {"step": "remove"})
    assert TOTPDevice.objects.count() == 1

    settings.REQUIRE_OTP = False
    client.post("/admin/second-step/", {"step": "remove"})

    assert TOTPDevice.objects.count() == StaticDevice.objects.count() == 0


def test_a_code_made_on_the_server_is_a_way_in(client, editor, demanded):
    give_app(editor)
    said = io.StringIO()
    call_command("addstatictoken", "rosa", stdout=said)

    assert sign_in(client, code=said.getvalue().strip()).status_code == 302
    assert is_in(client)


def lock_out(client, **headers) -> None:
    for _attempt in range(5):
        response = sign_in(client, password="wrong", **headers)
    assert response.status_code == 429


def test_after_five_wrong_passwords_the_right_one_is_refused_too(client, editor):
    lock_out(client)

    response = sign_in(client)

    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "Wait 15 minutes" in response.content.decode()
    assert complaints(response.content.decode()) == []
    assert not is_in(client)


def test_a_lockout_says_nothing_about_whether_there_is_such_an_account(client, editor):
    lock_out(client)
    known = sign_in(client).content
    for _attempt in range(5):
        unknown = sign_in(client, username="nobody", password="wrong")

    assert unknown.status_code == 429
    token = rb'name="csrfmiddlewaretoken" value="\w+"'
    assert re.sub(token, b"", unknown.content) == re.sub(token, b"", known)


def test_a_lockout_is_for_one_name_at_one_address(client, editor, settings):
    settings.TRUSTED_PROXIES = 1
    User.objects.create_superuser("ben", password=PASSWORD)
    lock_out(client, x_forwarded_for="203.0.113.9")

    assert sign_in(client, x_forwarded_for="203.0.113.10").status_code == 302
    assert sign_in(client, username="ben", x_forwarded_for="203.0.113.9").status_code == 302


@pytest.mark.parametrize("way_out", ["command", "admin"])
def test_a_lockout_can_be_lifted(client, editor, admin_client, way_out):
    lock_out(client)

    if way_out == "command":
        call_command("axes_reset_username", "rosa", stdout=io.StringIO())
    else:
        admin_client.post(
            "/admin/auth/user/", {"action": "lift_lockout", "_selected_action": [editor.pk]}
        )

    assert sign_in(client).status_code == 302


def test_a_lost_phone_is_mended_by_a_superuser(client, admin_client, editor, demanded):
    give_app(editor)
    superuser = User.objects.get(username="admin")
    give_app(superuser)
    admin_client.logout()
    sign_in(
        admin_client,
        username="admin",
        password="password",
        code=app_code(TOTPDevice.objects.get(user=superuser)),
    )

    admin_client.post(
        "/admin/auth/user/", {"action": "take_away_second_step", "_selected_action": [editor.pk]}
    )

    sign_in(client)
    assert client.get("/admin/")["Location"] == "/admin/second-step/"


@pytest.fixture
def manager(db) -> User:
    """An editor who may do everything but is no superuser."""
    user = User.objects.create_user("mia", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


def account(user: User, **changes) -> dict[str, object]:
    return {
        "username": user.username,
        "is_active": "on",
        "is_staff": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00:00",
        **changes,
    }


def test_an_editor_cannot_become_a_superuser(client, manager):
    client.force_login(manager)

    response = client.post(
        f"/admin/auth/user/{manager.pk}/change/", account(manager, is_superuser="on", groups=[])
    )

    assert response.status_code == 302
    manager.refresh_from_db()
    assert not manager.is_superuser
    assert manager.user_permissions.count() == Permission.objects.count()


CROWN = {
    **dict.fromkeys(("is_superuser", "is_staff", "is_active", "_save"), "on"),
    "username": "mia",
    "post": "yes",
    "name": "Editors",
    "usable_password": "true",
    "password1": "a-new-long-word-9",
    "password2": "a-new-long-word-9",
    "select_across": "1",
    "date_joined_0": "2026-01-01",
    "date_joined_1": "00:00:00",
}


def rights() -> dict[str, object]:
    """Who may do what, all of it."""
    users = User.objects.order_by("pk")
    return {
        "superusers": [user.username for user in users if user.is_superuser],
        "own": {user.username: user.user_permissions.count() for user in users},
        "groups": {user.username: list(user.groups.order_by("pk")) for user in users},
        "of groups": {group.name: group.permissions.count() for group in Group.objects.all()},
        "superusers' words": [user.password for user in users if user.is_superuser],
    }


@pytest.mark.parametrize("who", ["an editor", "an editor with every right"])
def test_no_crafted_post_to_any_address_of_the_admin_gives_rights(client, editor, subtests, who):
    """What a superuser's form would send, to every address, about oneself, a superuser and a group."""
    own = User.objects.create_user("mia", password=PASSWORD, is_staff=True)
    own.groups.add(the_group("Editors"))
    if who != "an editor":
        own.user_permissions.set(Permission.objects.exclude(codename="view_logentry"))
    everything = [str(right.pk) for right in Permission.objects.all()]
    before = rights()
    crown = CROWN | {"groups": [str(group.pk) for group in Group.objects.all()]}
    crown |= {"user_permissions": everything, "permissions": everything}
    targets = [str(own.pk), str(editor.pk), str(Group.objects.first().pk)]
    addresses = [pattern for pattern in patterns() if pattern.startswith("admin/")]
    assert "admin/auth/user/<path:object_id>/change/" in addresses

    for pattern in addresses:
        if "logout" in pattern or ("/auth/" not in pattern and "<" in pattern):
            continue
        for target in targets if "<" in pattern else targets[:1]:
            lists = pattern in ("admin/auth/user/", "admin/auth/group/")
            for action in ("", "delete_selected", "take_away_second_step") if lists else ("",):
                with subtests.test(f"{pattern} {target} {action}"), transaction.atomic():
                    address = "/" + re.sub(r"<(\w+:)?\w+>", target, pattern)
                    chosen = {"action": action, "_selected_action": targets} if action else {}
                    client.force_login(own)  # some of these end the session
                    response = client.post(address, crown | chosen)
                    after = rights()
                    transaction.set_rollback(True)
                    assert response.status_code < 500
                    for name in ("superusers", "of groups", "superusers' words"):
                        assert after[name] == before[name]
                    for name in ("own", "groups"):
                        kept = {user: before[name].get(user) for user in after[name]}
                        made = {user: found for user, found in after[name].items() if found}
                        assert made == {user: found for user, found in kept.items() if found}


def test_an_editor_cannot_touch_a_superuser(client, manager, editor):
    client.force_login(manager)

    client.post(f"/admin/auth/user/{editor.pk}/change/", account(editor, username="taken"))
    password = {"password1": "a-new-long-word-9", "password2": "a-new-long-word-9"}
    client.post(f"/admin/auth/user/{editor.pk}/password/", password | {"usable_password": "true"})
    client.post(f"/admin/auth/user/{editor.pk}/delete/", {"post": "yes"})
    give_app(editor)
    client.post(
        "/admin/auth/user/", {"action": "take_away_second_step", "_selected_action": [editor.pk]}
    )
    client.post(
        "/admin/auth/user/",
        {"action": "delete_selected", "_selected_action": [editor.pk], "post": "yes"},
    )

    found = User.objects.get(pk=editor.pk)
    assert (found.username, found.check_password(PASSWORD)) == ("rosa", True)
    assert TOTPDevice.objects.count() == 1


@pytest.mark.parametrize("address", ["/admin/auth/group/add/", "/admin/admin/logentry/"])
def test_groups_and_the_record_are_for_superusers(client, manager, address):
    client.force_login(manager)

    assert client.get(address).status_code == 403


def test_a_short_password_is_refused(client, editor):
    client.force_login(editor)

    response = client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": "kitchen-six", "new_password2": "kitchen-six"},
    )

    assert response.context["form"].errors["new_password2"] == [
        "This password is too short. It must contain at least 12 characters."
    ]


def test_a_session_ends_twelve_hours_after_the_sign_in(client, editor):
    sign_in(client)
    client.get("/admin/")

    cookie = client.cookies["sessionid"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (43200, True, "Lax")
    assert "sessionid" not in client.get("/admin/").cookies


def test_every_action_of_an_editor_is_written_down(client, editor, caplog):
    client.force_login(editor)
    other = User.objects.create_user("ben", password=PASSWORD)
    logger = logging.getLogger("stalelove.admin")
    logger.addHandler(caplog.handler)

    client.post(f"/admin/auth/user/{other.pk}/change/", account(other, last_name="Secretly"))
    client.post("/admin/auth/user/", {"action": "lift_lockout", "_selected_action": [other.pk]})

    logger.removeHandler(caplog.handler)
    lines = [
        (record.editor, record.route, record.object, record.action, record.chosen, record.status)
        for record in caplog.records
        if record.name == "stalelove.admin"
    ]
    assert lines[:1] + lines[-1:] == [
        (editor.pk, "admin:auth_user_change", str(other.pk), None, 0, 302),
        (editor.pk, "admin:auth_user_changelist", None, "lift_lockout", 1, 302),
    ]
    assert "Secretly" not in json.dumps([vars(record) for record in caplog.records], default=str)
    assert LogEntry.objects.filter(
        user=editor, change_message="Action “lift_lockout” on 1 in the list."
    ).exists()
    assert LogEntry.objects.filter(user=editor, object_id=str(other.pk)).exists()
