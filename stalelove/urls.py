"""Every address of the site (shared contract: product.md, "Addresses")."""

from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path, re_path

from articles import views as article_views
from stalelove import help_views, style, views
from stalelove.sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    # Before all others, whose pages are kept whole, while these are made anew for each request.
    path("", include("quiz.urls")),
    path("", include("articles.urls")),
    path("topics/<category:category>/", views.topic, name="topic"),
    path("", include("exercises.urls")),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("search/", views.search, name="search"),
    path("help/", help_views.index, name="help"),
    path("help.json", help_views.as_json, name="help_json"),
    path("help/<slug:code>/", help_views.country, name="help_country"),
    path("help/<slug:code>/report/", help_views.report, name="help_report"),
    path("help/<slug:code>/report/thanks/", help_views.reported, name="help_reported"),
    path("style/", style.style, name="style"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("favicon.ico", views.favicon, name="favicon"),
    path(settings.ADMIN_PATH, admin.site.urls),
    # Last, so that no page of an editor can hide an address above.
    re_path(r"^(?P<slug>[-a-z0-9]+)/$", article_views.page, name="page"),
]
handler400 = "stalelove.views.bad_request"
handler403 = "stalelove.views.forbidden"
handler404 = "stalelove.views.not_found"
handler500 = "stalelove.views.server_error"
