"""The MDN HTTP Observatory's own scan of the whole of production on loopback (nginx, TLS, two nodes):
`python -m tests.scan.observatory`. Needs nginx and npm; installs the scanner into `.scan/`.

Exits 1 unless every test of it is passed with A+. Its list of preloaded hosts is left empty, which costs
the five marks that only a site on that list has.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from tests.deploy.test_nginx import Site
from tests.serving import HOST, ROOT

FOLDER = ROOT / ".scan" / "observatory"
PACKAGE = "@mdn/mdn-http-observatory@1.4.8"


def install() -> None:
    lists = FOLDER / "node_modules" / "@mdn" / "mdn-http-observatory" / "conf"
    if not lists.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true}')
        subprocess.run(
            ["npm", "install", "--silent", "--ignore-scripts", PACKAGE], cwd=FOLDER, check=True
        )
    (lists / "hsts-preload.json").write_text("{}")
    (lists / "tld-list.json").write_text("[]")
    shutil.copy(ROOT / "tests" / "scan" / "observatory.mjs", FOLDER)


def main() -> None:
    install()
    run = FOLDER / "site"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    site = Site(run)
    try:
        done = subprocess.run(
            ["node", "observatory.mjs", HOST, str(site.plain), str(site.tls)],
            cwd=FOLDER,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": str(run / "certificate.pem")},
            stdout=subprocess.PIPE,
            text=True,
            timeout=90,
            check=True,
        )
    finally:
        site.end()
    result = json.loads(done.stdout)
    for name, test in result["tests"].items():
        print(f"{'passed' if test['pass'] else 'FAILED'} {name}: {test['result']}")
    scan = result["scan"]
    print(
        f"{scan['grade']}, {scan['score']} marks, {scan['testsPassed']} of {scan['testsQuantity']} tests"
    )
    sys.exit(scan["grade"] != "A+" or scan["testsFailed"] > 0)


if __name__ == "__main__":
    main()
