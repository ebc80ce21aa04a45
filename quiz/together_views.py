"""Together: the page that makes an invitation, and each person's own link.

Every page here follows from its reader's own steps, the time, and whether both have confirmed
(quiz.together). Nothing else of the other person is put into a context.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from exercises.guards import reader_form
from quiz import together
from quiz.forms import ConfirmForm, ShowForm, TogetherStepForm
from quiz.guards import private_page
from quiz.models import (
    Edition,
    Pairing,
    Participant,
    invitation_token,
    token_hash,
)
from quiz.picture import bar_of
from quiz.views import load
from stalelove.categories import Category


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
@private_page
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what it is and what to think of first, POST makes the invitation."""
    checkup = load(token)
    if not checkup.is_finished:
        return redirect("checkup_resume", token=token)
    can_show = together.can_show(checkup.result())
    if request.method == "POST" and can_show:
        return redirect("together", token=Pairing.invite(checkup, token))
    return render(
        request,
        "quiz/together_invite.html",
        {
            "own_link": Pairing.own_link(checkup, token),
            "can_show": can_show,
            "hours": together.INVITATION.days * 24,
            "view_days": together.VIEW.days,
            "token": token,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
@private_page
def own(request: HttpRequest, token: str) -> HttpResponse:
    """A person's own link, or an invitation that can still be taken up; both are one address."""
    side = Participant.with_token(token)
    if side is None:
        return _invitation(request, token)
    sides = side.pairing.sides()
    page = together.page(side.pairing.state(sides), side.who, timezone.now())
    if page == "gone":
        raise Http404
    if request.method == "POST" and not getattr(request, "too_large", False):
        return _step(request, token, side, page)
    if page == "view":
        other = next(each for each in sides.values() if each.pk != side.pk)
        return _view(request, token, side, other)
    return _before(request, token, side, page, ShowForm(*_choices(side)))


def _choices(side: Participant) -> tuple[tuple[Category, ...], list[str]]:
    return together.can_show(side.checkup.result()), side.shows


def _step(
    request: HttpRequest, token: str, side: Participant, page: together.Page
) -> HttpResponse:
    """One of the three steps. What is refused changes nothing, and the page says how things stand."""
    step = TogetherStepForm(request.POST)
    if not step.is_valid():
        return redirect("together", token=token)
    name = step.cleaned_data["step"]
    if name == "leave":
        side.leave()
        return render(request, "quiz/together_left.html")
    try:
        if name == "choose":
            form = ShowForm(*_choices(side), request.POST)
            if not form.is_valid():
                return _before(request, token, side, page, form, status=422)
            side.choose(form.categories())
        else:
            side.confirm(ConfirmForm(request.POST).seen_text())
    except together.RefusedError:
        pass
    return redirect("together", token=token)


def _before(
    request: HttpRequest,
    token: str,
    side: Participant,
    page: together.Page,
    form: ShowForm,
    *,
    status: int = 200,
) -> HttpResponse:
    """Everything before both have confirmed; of the pairing itself only when it was made."""
    made_at = side.pairing.made_at
    invitation = None
    if side.who == together.INVITER and timezone.now() < made_at + together.INVITATION:
        # Shown whether or not it has been used: that it works no more is for its holder to find out.
        address = reverse("together", args=[invitation_token(token)])
        invitation = request.build_absolute_uri(address)
    rows = side.would_show()
    return render(
        request,
        "quiz/together.html",
        {
            "page": page,
            "form": form,
            "can_show": bool(form.fields["shows"].choices),
            "shown": [(row, bar_of(row.score)) for row in rows],
            "seen": together.fingerprint(rows),
            "is_inviter": side.who == together.INVITER,
            "invitation": invitation,
            "invitation_until": made_at + together.INVITATION,
            "waits_until": made_at + together.WAITING,
            "view_days": together.VIEW.days,
            "token": token,
        },
        status=status,
    )


def _view(request: HttpRequest, token: str, side: Participant, other: Participant) -> HttpResponse:
    """What both agreed to show."""
    definition = side.checkup.definition()
    same_edition = side.checkup.edition_id == other.checkup.edition_id
    gap = definition.thresholds.partner_gap if same_edition else None
    rows = together.view(side.would_show(), other.would_show(), gap)
    return render(
        request,
        "quiz/together_view.html",
        {
            "rows": [
                {
                    "category": row.category,
                    "sides": [
                        (whose, shown, bar_of(shown.score) if shown else None)
                        for whose, shown in (("mine", row.mine), ("theirs", row.theirs))
                    ],
                    "differs": row.differs,
                }
                for row in rows
            ],
            "same_edition": gap is not None,
            "until": side.pairing.opened_at + together.VIEW,
            "token": token,
        },
    )


def _invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET only says what it is, so that a messenger's preview does not use it up; POST takes it up."""
    pairing = Pairing.objects.filter(invitation_hash=token_hash(token)).first()
    if pairing is None or not together.invitation_is_good(pairing.state(), timezone.now()):
        raise Http404
    if request.method != "POST":
        return render(
            request,
            "quiz/together_invited.html",
            {
                "hours": together.INVITATION.days * 24,
                "view_days": together.VIEW.days,
                "token": token,
            },
        )
    try:
        own_checkup = Pairing.take_up(token, Edition.objects.current())
    except together.RefusedError as error:  # in another tab, a moment ago
        raise Http404 from error
    return redirect("checkup_step", token=own_checkup, category=Category.ATTENTION)
