"""The editors' sign-in: password, second step, and what happens when either is wrong.

With REQUIRE_OTP nobody gets further than to the page where the second step is set up; without it
(the demo) the code is asked only of those who have set it up.
"""

from __future__ import annotations

import logging
import re
from base64 import b32encode
from functools import wraps

import django_otp
import qrcode
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.views import redirect_to_login
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
APP_CODE = re.compile(r"[0-9]{6}")
actions_log = logging.getLogger("stalelove.admin")


def device_for(user, code: str) -> TOTPDevice | StaticDevice | None:
    """The device that this code must come from, told by its look: six digits are the app's."""
    kind = TOTPDevice if APP_CODE.fullmatch(code) else StaticDevice
    return kind.objects.devices_for_user(user, confirmed=True).first()


class CodeField(forms.CharField):
    """A code as people type it: with a space in the middle, or in capitals."""

    def __init__(self, **options) -> None:
        attributes = {"autocomplete": "one-time-code", "autocapitalize": "none"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attributes), **options)

    def clean(self, value) -> str:
        return "".join(super().clean(value).split()).lower()


class SignInForm(OTPAuthenticationFormMixin, AdminAuthenticationForm):
    """Password and code in one step."""

    otp_token = CodeField(
        required=False,
        label=_("Code"),
        help_text=_(
            "From your authenticator app, or one of your recovery codes. "
            "Leave it empty if you have not set the second step up yet."
        ),
    )
    otp_error_messages = OTPAuthenticationFormMixin.otp_error_messages | {
        "token_required": _("Enter the code from your authenticator app as well."),
        "invalid_token": _("This code is not right, or was used before. Take the next one."),
        "device_required": _("This code is not right. It has six digits in the app."),
        "n_failed_attempts": _("Too many wrong codes. Wait a little, then take the next one."),
    }

    def clean(self):
        cleaned = super().clean()
        user = self.get_user()
        if user is not None and django_otp.user_has_device(user):
            self.clean_otp(user)
        return cleaned

    def _chosen_device(self, user):
        return device_for(user, self.cleaned_data.get("otp_token", ""))

    def _update_form(self, user) -> None:
        """Nothing: the password is typed again rather than printed into the page."""


class ConfirmForm(forms.Form):
    """The first code from the app, which shows that it was set up rightly."""

    code = CodeField(label=_("Code from the app"))

    def __init__(self, *args, device: TOTPDevice, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.device = device

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        if not self.device.verify_is_allowed()[0]:
            raise forms.ValidationError(SignInForm.otp_error_messages["n_failed_attempts"])
        if not self.device.verify_token(code):
            raise forms.ValidationError(
                _("This is not the code of this moment. Look whether the clock is right.")
            )
        return code


def renew_recovery_codes(user) -> list[str]:
    """Ten new codes, each good once; the old ones stop working."""
    with transaction.atomic():
        device, _created = StaticDevice.objects.get_or_create(user=user, name="Recovery codes")
        device.token_set.all().delete()
        codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
        for code in codes:
            device.token_set.create(token=code)
    return codes


def forget_second_step(user) -> None:
    """The way out for somebody whose phone and recovery codes are gone."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def qr_path(address: str) -> tuple[str, int]:
    """A QR code as the path of an SVG picture, one unit a square, and the picture's width."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(address)
    code.make(fit=True)
    matrix = code.get_matrix()
    squares = (
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    return "".join(squares), len(matrix)


def locked_out(request: HttpRequest, response, credentials) -> HttpResponse:
    """What axes shows after too many wrong passwords, whether or not there is such an account."""
    wait = settings.AXES_COOLOFF_TIME
    context = {
        "title": _("A little slower, please"),
        "site_header": EditorsSite.site_header,
        "site_title": EditorsSite.site_title,
        "minutes": int(wait.total_seconds()) // 60,
    }
    answer = render(request, "admin/locked_out.html", context, status=429)
    answer["Retry-After"] = str(int(wait.total_seconds()))
    return answer


class EditorsSite(AdminSite):
    """Django's admin, behind the second step, with every action written down."""

    site_header = site_title = _("Stale Love")
    index_title = _("Editors")
    login_form = SignInForm
    login_template = "admin/sign_in.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and (
            request.user.is_verified()
            or not (settings.REQUIRE_OTP or django_otp.user_has_device(request.user))
        )

    def must_set_up(self, request: HttpRequest) -> bool:
        """Whether this editor has given the password but has no second step yet, and needs one."""
        return (
            settings.REQUIRE_OTP
            and super().has_permission(request)
            and not django_otp.user_has_device(request.user)
        )

    def admin_view(self, view, cacheable: bool = False):
        guarded = super().admin_view(view, cacheable)

        # Django's scripts of the admin (jQuery, select2) make markup of text.
        @csp_replace({"require-trusted-types-for": None, "trusted-types": None})
        @wraps(guarded)
        def enrolled(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if self.must_set_up(request) and request.path != reverse(f"{self.name}:logout"):
                return redirect(f"{self.name}:second_step")
            if any("\0" in value for _, values in request.GET.lists() for value in values):
                # No text in PostgreSQL can hold it, and Django's lists hand it on as it comes.
                raise BadRequest("NUL in a query")
            response = guarded(request, *args, **kwargs)
            if request.method == "POST":
                self.write_down(request, response)
            return response

        return enrolled

    def write_down(self, request: HttpRequest, response: HttpResponse) -> None:
        """One line for every POST of an editor, and an entry in the history for a list's actions,
        of which Django itself writes none. Addresses and numbers only: never what was typed."""
        if not request.user.is_authenticated:
            return
        match = request.resolver_match
        action = request.POST.get("action", "")
        chosen = request.POST.getlist("_selected_action")
        actions_log.info(
            "admin action",
            extra={
                "editor": request.user.pk,
                "route": match.view_name,
                "object": match.kwargs.get("object_id"),
                "action": action[:80] or None,
                "chosen": len(chosen),
                "status": response.status_code,
            },
        )
        model_admin = getattr(match.func, "model_admin", None)
        if model_admin and action and chosen and action != "delete_selected":
            LogEntry.objects.create(
                user_id=request.user.pk,
                content_type=ContentType.objects.get_for_model(model_admin.model),
                object_repr=f"{action}: {', '.join(chosen)}"[:200],
                action_flag=CHANGE,
                change_message=ngettext(
                    "Action “%(action)s” on %(count)s in the list.",
                    "Action “%(action)s” on %(count)s in the list.",
                    len(chosen),
                )
                % {"action": action[:80], "count": len(chosen)},
            )

    def get_urls(self):
        return [
            path("second-step/", self.second_step, name="second_step"),
            *super().get_urls(),
        ]

    @method_decorator([never_cache, csrf_protect, require_http_methods(["GET", "HEAD", "POST"])])
    def second_step(self, request: HttpRequest) -> HttpResponse:
        """Set up the authenticator app, see what is left, get new recovery codes, or give it up."""
        if not (self.has_permission(request) or self.must_set_up(request)):
            return redirect_to_login(request.path, reverse(f"{self.name}:login"))
        user = get_user_model().objects.get(pk=request.user.pk)
        pending = TOTPDevice.objects.filter(user=user, confirmed=False).first()
        codes: list[str] = []
        form = ConfirmForm(device=pending) if pending else None
        if request.method == "POST":
            step = request.POST.get("step")
            if step == "confirm" and pending:
                form = ConfirmForm(request.POST, device=pending)
                if form.is_valid():
                    codes = self._confirm(request, user, pending)
            elif step == "codes" and request.user.is_verified():
                codes = renew_recovery_codes(user)
                self._note(user, str(_("Made new recovery codes.")))
            elif step == "begin":
                if pending is None:
                    TOTPDevice.objects.create(user=user, name="Authenticator app", confirmed=False)
                return redirect(f"{self.name}:second_step")
            elif step == "remove" and request.user.is_verified() and not settings.REQUIRE_OTP:
                forget_second_step(user)
                self._note(user, str(_("Gave up the second step.")))
                messages.success(request, _("You now sign in with your password alone."))
                return redirect(f"{self.name}:index")
        has_app = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
        qr = None
        if pending and not pending.confirmed:
            squares, width = qr_path(pending.config_url)
            qr = {"path": squares, "width": width, "address": pending.config_url}
            qr["key"] = b32encode(pending.bin_key).decode()
        return render(
            request,
            "admin/second_step.html",
            {
                **self.each_context(request),
                "title": _("Second step of the sign-in"),
                "has_app": has_app,
                "codes_left": StaticToken.objects.filter(device__user=user).count(),
                "codes": codes,
                "form": form,
                "qr": qr,
                "may_remove": has_app and not settings.REQUIRE_OTP,
            },
            status=422 if form and form.is_bound and form.errors else 200,
        )

    def _confirm(self, request: HttpRequest, user, pending: TOTPDevice) -> list[str]:
        """The app is proved: it takes the place of an earlier one, and this session counts as
        verified. Returns new recovery codes, which are shown this once."""
        with transaction.atomic():
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            pending.confirmed = True
            pending.save()
            codes = renew_recovery_codes(user)
            self._note(user, str(_("Set up the second step.")))
        request.session.cycle_key()
        django_otp.login(request, pending)
        return codes

    @staticmethod
    def _note(user, sentence: str) -> None:
        LogEntry.objects.create(
            user_id=user.pk,
            content_type=ContentType.objects.get_for_model(user),
            object_id=user.pk,
            object_repr=str(user),
            action_flag=CHANGE,
            change_message=sentence,
        )
