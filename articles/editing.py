"""The writing side of the admin: preview, the toolbar's parts, and two people at one text."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from reversion.models import Version

from articles.forms import RenderForm
from articles.history import HistoryAdmin, changes
from articles.models import library
from articles.rendering import Rendered, reading_minutes, render


class EditingAdmin(HistoryAdmin):
    """A history admin whose form is a GuardedForm with Markdown fields."""

    change_form_template = "admin/editing_form.html"
    recover_form_template = "admin/editing_form.html"
    # Fields of the form that are no columns: not there for somebody who may only look.
    form_only: tuple[str, ...] = ("version",)

    def get_urls(self):
        info = self.model._meta.app_label, self.model._meta.model_name
        return [
            path(
                "render/",
                self.admin_site.admin_view(self.render_view),
                name="{}_{}_render".format(*info),
            ),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        writes = self.has_change_permission(request, obj) if obj else True
        left_out = set(self.left_out(request, obj)) | (set() if writes else set(self.form_only))
        return [
            (title, {**options, "fields": [n for n in options["fields"] if n not in left_out]})
            for title, options in fieldsets
        ]

    def left_out(self, request: HttpRequest, obj: Any) -> tuple[str, ...]:
        """Fields that this person does not get."""
        return ()

    def may_write(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) or self.has_change_permission(request)

    @method_decorator(require_POST)
    def render_view(self, request: HttpRequest) -> HttpResponse:
        """POST a text, get it as readers would see it, with a line on its length."""
        if not self.may_write(request):
            raise PermissionDenied
        form = RenderForm(request.POST)
        if not form.is_valid():
            sentence = " ".join(str(e) for errors in form.errors.values() for e in errors)
            return JsonResponse({"error": sentence}, status=400)
        rendered = self.rendered(form.cleaned_data["text"], form.cleaned_data["prefix"])
        return JsonResponse({"html": rendered.html, "length": length(rendered.words)})

    def rendered(self, text: str, prefix: str) -> Rendered:
        return render(text, prefix=prefix, pictures=library)

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs["obj"]
        form = context["adminform"].form
        if conflict := getattr(form, "conflict", None):
            context["conflict"] = self._conflict(form, conflict)
        context["render_url"] = self._address("render")
        site = self.admin_site.name
        context["links_url"] = reverse(f"{site}:choose_link")  # of the site that composes the apps
        context["choose_url"] = reverse(f"{site}:articles_image_choose")
        if request.user.has_perm("articles.add_image"):
            context["upload_url"] = reverse(f"{site}:articles_image_upload")
        # Unsaved words are kept in the browser under this name (editors.js).
        context["draft_key"] = f"{self.model._meta.label_lower}/{obj.pk if obj else 'new'}"
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def _conflict(self, form: Any, stored: Any) -> dict[str, Any]:
        """Who saved it meanwhile, when, and what differs between theirs and what was typed."""
        names = [f.attname for f in self.model._meta.local_fields if f.name in form.fields]
        theirs, mine = (
            {name: getattr(row, name) for name in names} for row in (stored, form.instance)
        )
        version = (
            Version.objects.get_for_object(stored)
            .select_related("revision__user")
            .order_by("-pk")
            .first()
        )
        return {
            "person": version.revision.user if version else None,
            "saved_at": stored.updated_at,
            "changes": changes(self.model, theirs, mine),
        }


def length(words: int) -> str:
    """“640 words, about 3 minutes to read”."""
    minutes = reading_minutes(words)
    return (
        ngettext("%(words)d word", "%(words)d words", words) % {"words": words}
        + ", "
        + ngettext(
            "about %(minutes)d minute to read", "about %(minutes)d minutes to read", minutes
        )
        % {"minutes": minutes}
    )
