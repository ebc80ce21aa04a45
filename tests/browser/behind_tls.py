"""What gunicorn serves in tests.browser.production: the site as behind a proxy that has ended TLS."""

from stalelove.wsgi import application as site


def application(environ, start_response):
    environ["HTTP_X_FORWARDED_PROTO"] = "https"
    return site(environ, start_response)
