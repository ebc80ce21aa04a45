"""The site's own settings, and the next version's migrations."""

from stalelove.settings import *  # noqa: F403
from stalelove.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.next_version"]
