"""Asks whether a locked part of the running site has a known weakness: `make audit`, and `make check`.

Exits 1 on a known weakness. Where nobody could be asked (no network, an index that has no such list) it
says so in one line; that is no failure, but with --required exits 2. pip-audit alone calls it "no known
vulnerabilities" when its index knows none of the parts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run", "s3", "redis", "sentry")
SERVICES = ("pypi", "osv")


def ask(service: str) -> list[dict[str, Any]]:
    """What one service says of each part; an empty list where it could not be asked,
    or has none of the parts of a lock."""
    command = [
        *(sys.executable, "-m", "uv", "tool", "run", "--quiet", "--from", "pip-audit>=2.9,<3"),
        *("pip-audit", "--vulnerability-service", service, "--require-hashes", "--disable-pip"),
        *("--format", "json", "--progress-spinner", "off", "--timeout", "10"),
    ]
    parts: dict[str, dict[str, Any]] = {}
    for lock in LOCKS:
        try:
            done = subprocess.run(  # noqa: S603 (our own words)
                [*command, "--requirement", str(ROOT / "requirements" / f"{lock}.txt")],
                capture_output=True,
                text=True,
                timeout=90,
                check=False,
            )
            told = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            return []
        if all("skip_reason" in part for part in told):
            return []
        parts |= {part["name"]: part for part in told}
    return list(parts.values())


def judge(parts: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit code and what to say; code 2 where nothing was learned of any part."""
    asked = [part for part in parts if "skip_reason" not in part]
    if not asked:
        return 2, []
    weak = [
        f"{part['name']} {part['version']}: {each['id']}, mended in "
        f"{', '.join(each['fix_versions']) or 'no version yet'}"
        for part in asked
        for each in part["vulns"]
    ]
    unknown = [part["name"] for part in parts if "skip_reason" in part]
    said = [f"{len(asked)} locked parts asked about, {len(weak)} known weaknesses."]
    if unknown:
        said.append(f"Not known there: {', '.join(unknown)}.")
    return int(bool(weak)), [*weak, *said]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--required", action="store_true", help="not to be able to ask is a failure"
    )
    required = parser.parse_args().required
    for service in SERVICES:
        code, said = judge(ask(service))
        if said:
            print("\n".join(said))
            sys.exit(code)
    print("Known weaknesses were not asked about: none of the lists can be reached from here.")
    sys.exit(2 if required else 0)


if __name__ == "__main__":
    main()
