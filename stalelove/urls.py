"""Every address of the site (shared contract: product.md, "Addresses")."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from articles import views as article_views
from stalelove import views

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("articles.urls")),
    path("", include("exercises.urls")),
    path("", include("quiz.urls")),
    path("topics/<category:category>/", views.topic, name="topic"),
    path("help/", views.help_index, name="help"),
    path("help/<slug:code>/", views.help_country, name="help_country"),
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
