"""The editors' side of what there is to read. Article itself is registered by stalelove.admin, with
the exercises that go with it."""

from __future__ import annotations

from typing import Any

import reversion
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst, slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from articles import derived, workflow
from articles.apostrophes import EitherApostrophe, spellings
from articles.editing import EditingAdmin
from articles.forms import (
    ArticleForm,
    ChooseForm,
    FiledForm,
    ImageForm,
    NewImageForm,
    PageForm,
)
from articles.history import HistoryAdmin
from articles.models import CATEGORY_CHOICES, Article, Book, Image, Page, Presence, missing_pieces
from articles.preview import preview_address
from articles.views import previewed

SAVE = {
    workflow.Stage.DRAFT: gettext_lazy("Save draft"),
    workflow.Stage.PUBLISHED: gettext_lazy("Save: readers see it at once"),
}


class CategoriesFilter(admin.SimpleListFilter):
    """Filter a list by one of the four categories."""

    title = gettext_lazy("category")
    parameter_name = "category"

    def lookups(self, request, model_admin):
        return CATEGORY_CHOICES

    def queryset(self, request, queryset):
        chosen = self.value()
        return queryset.under(chosen) if chosen in dict(self.lookup_choices) else queryset


class StageFilter(admin.SimpleListFilter):
    """Where an article stands; scheduled and published are told apart by the clock."""

    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request, model_admin):
        return [(stage.value, workflow.STAGE_NAMES[stage]) for stage in workflow.Stage]

    def queryset(self, request, queryset):
        stage = self.value()
        if stage == workflow.Stage.PUBLISHED:
            return queryset.published()
        if stage == workflow.Stage.SCHEDULED:
            return queryset.scheduled()
        return queryset.filter(state=stage) if stage in dict(self.lookup_choices) else queryset


class MissingFilter(admin.SimpleListFilter):
    """Those without one of the pieces that an article should have."""

    title = gettext_lazy("what is missing")
    parameter_name = "missing"

    def lookups(self, request, model_admin):
        return [(piece, capfirst(name)) for piece, (name, _rule) in missing_pieces().items()]

    def queryset(self, request, queryset):
        piece = self.value()
        return queryset.lacking(piece) if piece in dict(self.lookup_choices) else queryset


@admin.display(description=gettext_lazy("categories"))
def categories(row) -> str:
    return ", ".join(gettext(category.label) for category in row.filed_under)


class ArticleAdmin(EditingAdmin):
    form = ArticleForm
    change_form_template = "admin/articles/article/change_form.html"
    recover_form_template = "admin/articles/article/change_form.html"
    list_display = [
        *("title", "state_now", "missing", categories, "date", "byline", "look"),
    ]
    list_filter = [StageFilter, CategoriesFilter, MissingFilter, "featured"]
    actions = ["submit_chosen", "publish_chosen", "unpublish_chosen", "archive_chosen"]
    list_per_page = 50
    search_fields = ["title", "standfirst", "body", "extended"]
    prepopulated_fields = {"slug": ["title"]}
    date_hierarchy = "publish_at"
    readonly_fields = ["stage", "preview_link"]
    form_only = ("version", "schedule_for")
    # What a copy takes over: not its address, its state, or who has checked the other one.
    copied = (
        *("standfirst", "categories", "body", "extended", "research", "byline"),
        *("description", "share_image_alt"),
    )
    # These change by the buttons of the workflow alone.
    not_restored = ("state", "publish_at", "featured")
    recovered_with = {"state": Article.State.DRAFT, "publish_at": None, "featured": False}
    fieldsets = [
        (None, {"fields": ["title", "slug", "standfirst", "categories", "version"]}),
        (gettext_lazy("Text"), {"fields": ["body", "extended", "research"]}),
        (gettext_lazy("Who"), {"fields": ["byline", "reviewed_by", "reviewed_on"]}),
        (
            gettext_lazy("Search engines and shared links"),
            {"fields": ["description", "share_image_alt"]},
        ),
        (
            gettext_lazy("Publishing"),
            {"fields": ["stage", "preview_link", "featured", "schedule_for"]},
        ),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "preview/<int:pk>/",
                view(self.preview_view),
                name="articles_article_preview",
            ),
            path(
                "<int:pk>/present/",
                view(self.present_view),
                name="articles_article_present",
            ),
            *super().get_urls(),
        ]

    # What the list says

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            queryset = queryset.with_missing_pieces().without_texts()
        return queryset

    @admin.display(description=gettext_lazy("state"))
    def stage(self, article: Article) -> str:
        return workflow.stage_words(article)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_now(self, article: Article) -> str:
        """In the list, where another column says when it was published."""
        stage = gettext("Published") if is_public(article) else workflow.stage_words(article)
        return gettext("%(stage)s, featured") % {"stage": stage} if article.featured else stage

    @admin.display(description=gettext_lazy("date"), ordering="publish_at")
    def date(self, article: Article) -> str:
        at = article.publish_at
        return date_format(localtime(at), "SHORT_DATE_FORMAT") if at else ""

    @admin.display(description=gettext_lazy("missing"))
    def missing(self, article: Article) -> str:
        return ", ".join(
            str(name) for piece, (name, _rule) in missing_pieces().items() if lacks(article, piece)
        )

    @admin.display(description=gettext_lazy("on the site"))
    def look(self, article: Article) -> str:
        words = gettext("See it") if is_public(article) else gettext("Preview")
        return format_html(
            '<a href="{}">{}<span class="visually-hidden"> {}</span></a>',
            self.view_on_site(article),
            words,
            article.title,
        )

    # Several at once

    @admin.action(permissions=["change"], description=gettext_lazy("Submit for review"))
    def submit_chosen(self, request, queryset):
        return self._take_together(request, queryset, "submit")

    @admin.action(permissions=["publish"], description=gettext_lazy("Publish now"))
    def publish_chosen(self, request, queryset):
        return self._take_together(request, queryset, "publish")

    @admin.action(permissions=["publish"], description=gettext_lazy("Unpublish"))
    def unpublish_chosen(self, request, queryset):
        return self._take_together(request, queryset, "unpublish")

    @admin.action(permissions=["publish"], description=gettext_lazy("Archive"))
    def archive_chosen(self, request, queryset):
        return self._take_together(request, queryset, "archive")

    def has_publish_permission(self, request) -> bool:
        return request.user.has_perm(workflow.PUBLISH)

    def _take_together(self, request, chosen, name: str) -> HttpResponse | None:
        """Ask once more, naming each article and what cannot be done; then each in a revision."""
        step = workflow.step_named(name)
        with transaction.atomic():
            # As they are now, whole and locked: the list's own rows lack their texts.
            rows = Article.objects.select_for_update().filter(pk__in=[row.pk for row in chosen])
            possible, impossible = [], []
            for article in rows.order_by("title", "pk"):
                try:
                    workflow.check(step, article)
                    possible.append(article)
                except workflow.WorkflowError as error:
                    impossible.append((article, str(error)))
            if "confirmed" in request.POST:
                for article in possible:
                    with reversion.create_revision():
                        reversion.set_user(request.user)
                        workflow.take(step, article, by=request.user)
                        article.save()
                        self.log_change(request, article, str(step.done))
                count = len(possible)
                told = ngettext(
                    "%(count)d article. %(done)s", "%(count)d articles. %(done)s", count
                )
                self.message_user(
                    request, told % {"count": count, "done": step.done}, messages.SUCCESS
                )
                return None
        lacking = {
            row.pk: self.missing(row) for row in chosen.with_missing_pieces().without_texts()
        }
        return TemplateResponse(
            request,
            "admin/articles/article/take_step.html",
            {
                **self.admin_site.each_context(request),
                "title": step.label,
                "opts": self.opts,
                "step": step,
                "action": request.POST["action"],
                "possible": [
                    {
                        "article": article,
                        "stage": workflow.stage_words(article),
                        "missing": lacking[article.pk] if name in ("submit", "publish") else "",
                    }
                    for article in possible
                ],
                "impossible": impossible,
            },
        )

    def get_deleted_objects(self, objs, request):
        """What an editor knows of: the articles. What goes with them (who has one open, the rows of a
        relation) says nothing to anybody, and no row of another table forbids it."""
        names = [
            format_html('<a href="{}">{}</a>', self._address("change", article.pk), article)
            for article in objs
        ]
        may = all(self.has_delete_permission(request, article) for article in objs)
        missing = set() if may else {self.opts.verbose_name}
        return names, {self.opts.verbose_name_plural: len(names)}, missing, []

    # A copy to begin with

    def get_changeform_initial_data(self, request):
        """`?copy=7` fills the form with what is worth having again; nothing is saved by that."""
        initial = super().get_changeform_initial_data(request)
        if article := self.copied_from(request):
            title = gettext("Copy of %(title)s") % {"title": article.title}
            initial |= {
                **{name: getattr(article, name) for name in self.copied},
                "title": title[:200],
                "slug": slugify(title)[:200],
            }
        return initial

    def copied_from(self, request: HttpRequest) -> Article | None:
        key = request.GET.get("copy", "")
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            return None
        article = Article.objects.filter(pk=int(key)).first()
        return article if article and self.has_view_permission(request, article) else None

    # Who may do what

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or workflow.may_change(request.user, obj))

    def get_readonly_fields(self, request, obj=None):
        publishes = request.user.has_perm(workflow.PUBLISH)
        return [*self.readonly_fields, *([] if publishes else ["featured"])]

    def left_out(self, request, obj):
        publishes = request.user.has_perm(workflow.PUBLISH)
        new = () if obj else ("stage", "preview_link")
        public = ("preview_link",) if obj and is_public(obj) else ()
        schedules = publishes and "schedule" in {
            step.name for step in workflow.offered(request.user, obj or Article())
        }
        return (*new, *public, *(() if schedules else ("schedule_for",)))

    # The form and its buttons

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.person, form.step = request.user, getattr(request, "step", None)
        return form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.step = None
        if request.method == "POST" and (name := request.POST.get("_step")):
            try:
                request.step = workflow.step_named(name)
            except workflow.WorkflowError as error:
                raise BadRequest(str(error)) from error
            if not workflow.may_take(request.user, request.step):
                raise PermissionDenied
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs["obj"]
        stored = obj is not None and not getattr(request, "recovering", False)
        article = obj or Article(state=Article.State.DRAFT)
        context |= {
            "steps": workflow.offered(request.user, article),
            "save_label": SAVE.get(workflow.stage(article), gettext_lazy("Save")),
            "preview_url": self._address("preview", obj.pk if stored else 0),
        }
        if stored:
            context["copy_url"] = f"{self._address('add')}?copy={obj.pk}"
            context["is_public"] = is_public(article)
            if not is_public(article):
                row = Article.objects.with_missing_pieces().without_texts().get(pk=obj.pk)
                context["missing"] = self.missing(row)
            context["present_url"] = self._address("present", obj.pk)
            context["others"] = Presence.others(obj, request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        if request.step:
            at = form.cleaned_data.get("schedule_for")
            workflow.take(request.step, obj, by=request.user, at=at)
        super().save_model(request, obj, form, change)

    def log_addition(self, request, object, message):
        return self._say_the_step(request, super().log_addition(request, object, message), message)

    def log_change(self, request, obj, message):
        return self._say_the_step(request, super().log_change(request, obj, message), message)

    def _say_the_step(self, request, entry, message):
        if getattr(request, "step", None) and reversion.is_active():
            # Of a step alone the log says “No fields changed.”, which is not what happened.
            changed = entry.get_change_message() if message else ""
            reversion.set_comment(f"{request.step.done} {changed}".strip())
        return entry

    def response_add(self, request, obj, post_url_continue=None):
        return self._saved(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._saved(request, obj) or super().response_change(request, obj)

    def _saved(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """Back to the form, where editors.js learns that the words are safe."""
        if "_popup" in request.POST:
            return None
        step = request.step
        if step and step.name == "schedule":
            sentence = f"{workflow.stage_words(article)}. {gettext('It is published by itself.')}"
        else:
            sentence = str(step.done) if step else gettext("Saved.")
        if step and step.name in ("publish", "schedule"):
            row = Article.objects.with_missing_pieces().get(pk=article.pk)
            if missing := self.missing(row):
                sentence += " " + gettext("Still missing: %(pieces)s.") % {"pieces": missing}
        if step and step.name in ("submit", "publish", "schedule"):
            sentence = " ".join([sentence, *self.faults(article)])
        messages.success(request, sentence, extra_tags="saved")
        return redirect(self._address("change", article.pk))

    def faults(self, article: Article) -> list[str]:
        """Sentences about what is wrong in the text, said when it is handed in or published."""
        return []

    # Looking before publishing

    def view_on_site(self, article: Article) -> str:
        return article.get_absolute_url() if is_public(article) else preview_address(article)

    @admin.display(description=gettext_lazy("preview link"))
    def preview_link(self, article: Article) -> str:
        return format_html(
            '<a href="{}">{}</a><br>{}',
            preview_address(article),
            gettext("Open the preview"),
            gettext(
                "Copy this link for somebody without an account. It shows the article as it was "
                "last saved, for seven days from now."
            ),
        )

    @method_decorator(require_POST)
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST the form, get the page that readers would see; nothing is saved."""
        if not self.may_write(request):
            raise PermissionDenied
        saved = get_object_or_404(Article, pk=pk) if pk else None
        if saved and not self.has_change_permission(request, saved):
            raise PermissionDenied
        form = self.get_form(request, saved, change=bool(saved))(request.POST)
        form.is_valid()  # what can be read of an unfinished article is shown
        article = form.instance
        article.pk, article.categories = pk or None, article.categories or []
        derived.compute(article)
        response = render(
            request, "articles/article.html", {**previewed(article), "preview": "form"}
        )
        response["Cache-Control"], response["X-Robots-Tag"] = "no-store", "noindex"
        return response

    # Two people at one article

    @method_decorator(require_POST)
    def present_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """POST twice a minute while the form is open; answers who else has it open."""
        article = get_object_or_404(Article, pk=pk)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        Presence.record(article, request.user)
        return JsonResponse({"others": Presence.others(article, request.user)})


def is_public(article: Article) -> bool:
    return workflow.stage(article) == workflow.Stage.PUBLISHED


def lacks(article: Article, piece: str) -> Any:
    """Whether the piece is missing; the row comes from `with_missing_pieces`."""
    return getattr(article, f"lacks_{piece}")


class UseFilter(admin.SimpleListFilter):
    """Pictures that no text shows can go."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("no", gettext("Unused")), ("yes", gettext("In use"))]

    def queryset(self, request, queryset):
        return queryset.filter(is_used=self.value() == "yes") if self.value() else queryset


@admin.register(Image)
class ImageAdmin(EitherApostrophe):
    """The picture library. Pictures are not versioned: their files go with them."""

    form = ImageForm
    list_display = ["thumbnail", "name", "alt", "credit", "size", "is_used", "added_at"]
    list_display_links = ["thumbnail", "name"]
    list_filter = [UseFilter]
    search_fields = ["name", "alt", "credit"]

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("choose/", view(self.choose_view), name="articles_image_choose"),
            path("upload/", view(self.upload_view), name="articles_image_upload"),
            *super().get_urls(),
        ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_use()

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(
            request, obj, change, **({} if obj else {"form": NewImageForm}), **kwargs
        )

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["file", "alt", "credit"]
        return ["large", "alt", "credit", "in_texts", "shown_in", "size", "added_at"]

    def get_readonly_fields(self, request, obj=None):
        return ["large", "in_texts", "shown_in", "size", "added_at"]

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            obj.rerender()

    # What is to be seen of a picture

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, image: Image) -> str:
        return format_html('<img class="thumbnail" src="{}" alt="{}">', image.thumbnail, image.alt)

    @admin.display(description=gettext_lazy("picture"))
    def large(self, image: Image) -> str:
        return format_html('<img class="large" src="{}" alt="{}">', image.thumbnail, image.alt)

    @admin.display(description=gettext_lazy("in texts"))
    def in_texts(self, image: Image) -> str:
        return image.markdown

    @admin.display(description=gettext_lazy("largest file"))
    def size(self, image: Image) -> str:
        width, height = image.sizes[-1]
        return f"{width} × {height}"

    @admin.display(boolean=True, description=gettext_lazy("in use"))
    def is_used(self, image: Image) -> bool:
        return image.is_used

    @admin.display(description=gettext_lazy("shown in"))
    def shown_in(self, image: Image) -> str:
        links = (
            (
                reverse(
                    f"{self.admin_site.name}:articles_{row._meta.model_name}_change", args=[row.pk]
                ),
                row,
            )
            for row in image.uses()
        )
        return format_html_join(", ", '<a href="{}">{}</a>', links) or gettext("no text")

    # Only what no text shows can go

    def get_deleted_objects(self, objs, request):
        deletable, counts, permissions, protected = super().get_deleted_objects(objs, request)
        used = [
            gettext("“%(picture)s” is shown in “%(text)s”") % {"picture": image, "text": row}
            for image in objs
            for row in image.uses()
        ]
        return deletable, counts, permissions, [*protected, *used]

    def delete_model(self, request, obj):
        obj.discard()

    def delete_queryset(self, request, queryset):
        for image in queryset:
            image.discard()

    # The toolbar's picker

    def choose_view(self, request: HttpRequest) -> HttpResponse:
        """The newest sixty pictures, or those whose words match."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ChooseForm(request.GET)
        words = form.cleaned_data["q"] if form.is_valid() else ""
        asked = Q()
        for each in spellings(words):
            asked |= Q(name__icontains=each) | Q(alt__icontains=each) | Q(credit__icontains=each)
        found = Image.objects.filter(asked)
        return JsonResponse({"pictures": [chosen(image) for image in found[:60]]})

    @method_decorator(require_POST)
    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """POST a file and its words from the picker."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = NewImageForm(request.POST, request.FILES)
        if not form.is_valid():
            errors = [error for field in form.errors.values() for error in field]
            return JsonResponse({"error": " ".join(errors)}, status=400)
        image = form.save()
        self.log_addition(request, image, [{"added": {}}])
        return JsonResponse({"picture": chosen(image)})


def chosen(image: Image) -> dict[str, str]:
    """What the picker shows, and what it puts into the text."""
    return {
        "name": image.name,
        "alt": image.alt,
        "thumbnail": image.thumbnail,
        "markdown": image.markdown,
    }


@admin.register(Page)
class PageAdmin(EditingAdmin):
    form = PageForm
    list_display = ["title", "slug", "is_published", "updated_at"]
    search_fields = ["title", "body"]


@admin.register(Book)
class BookAdmin(HistoryAdmin):
    form = FiledForm
    list_display = ["title", "authors", categories, "medium", "reading_order", "is_published"]
    list_filter = [CategoriesFilter, "medium", "is_published"]
    search_fields = ["title", "authors", "about"]
    prepopulated_fields = {"slug": ["title"]}
