"""Where pictures are kept is one setting."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def storage(**environment):
    """What the settings make of these variables: the storage, or the sentence of the refusal."""
    code = (
        "import json; from stalelove import settings;"
        "print(json.dumps([settings.STORAGES['default'], settings.MEDIA_URL, str(settings.MEDIA_ROOT)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("S3_")},
            **environment,
        },
    )
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.splitlines()[-1]


def test_pictures_lie_in_a_folder_unless_told_otherwise():
    assert storage() == [
        {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "/media/",
        str(ROOT / "media"),
    ]
    assert storage(MEDIA_ROOT="/srv/pictures")[2] == "/srv/pictures"


def test_pictures_lie_in_a_bucket_and_are_still_loaded_from_the_site():
    pytest.importorskip("storages")
    backend, address, _ = storage(
        MEDIA_STORAGE="s3", S3_BUCKET="pictures", S3_ENDPOINT_URL="https://s3.example.org"
    )

    assert address == "/media/"
    assert backend == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": "pictures",
            "endpoint_url": "https://s3.example.org",
            "region_name": None,
            "default_acl": None,
            "file_overwrite": True,
        },
    }


def test_a_wrong_or_half_made_setting_is_refused_with_a_sentence():
    assert 'MEDIA_STORAGE is "ftp": put "folder" or "s3" there' in storage(MEDIA_STORAGE="ftp")
    assert "S3_BUCKET is missing or wrong: put the name of the bucket there" in storage(
        MEDIA_STORAGE="s3"
    )
