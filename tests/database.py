"""pytest plugin: the tests' PostgreSQL. Loaded with `-p`, before pytest-django reads the settings.

A DATABASE_URL in the environment is used instead. The server is the demo's kind of server, in a
folder of its own, without the safety that tests do not need.
"""

import os

from stalelove.demo_database import FOLDER, DemoDatabase

os.environ["MODE"] = "demo"
os.environ["SECRET_KEY"] = "only-for-the-tests-" * 4
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["STATE_ROOT"] = ""
os.environ["SITE_URL"] = "https://testserver"
# Most tests are one transaction that never ends, which a kept page would never see.
os.environ["PAGE_CACHE_MB"] = "0"
if "DATABASE_URL" not in os.environ:  # xdist's workers inherit it
    database = DemoDatabase(FOLDER / "test-postgres", durable=False)
    database.start()
    # A name of its own for each run, so that two runs can share the server.
    os.environ["DATABASE_URL"] = database.url(f"run_{os.getpid()}")
