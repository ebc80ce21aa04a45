"""`make faults`: live through every fault and print the table. `--help` says the rest."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.faults.faults import ON_ONE_SITE, ON_THEIR_OWN, Row, run, table
from tests.serving import NGINX

NAMES = [*ON_ONE_SITE, *ON_THEIR_OWN]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Every fault, under load."
    )
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(NAMES)}; all")
    parser.add_argument(
        "--down", type=float, default=60, help="how many seconds without PostgreSQL; 60"
    )
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"there is no fault “{unknown[0]}”")
    if not NGINX:
        sys.exit("nginx is not installed; NGINX_PROGRAM names another one")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's own user passes through
        for done in run(options.names or NAMES, Path(folder), options.down):
            if isinstance(done, Row):
                rows.append(done)
                print(f"{done.fault}: {'; '.join(done.problems) or 'right'}", flush=True)
            else:
                print(done, flush=True)
    print(f"\n{table(rows)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    return int(any(row.problems for row in rows))


if __name__ == "__main__":
    sys.exit(main())
