"""How long a link takes that never was, beside one that has been deleted: `python -m tests.scan.timing`.

Both are asked in turn over one connection each time, so that what else the machine does falls on both.
Prints the medians and the two-sided Mann-Whitney test; exits 1 where that says p < 0.001.
"""

from __future__ import annotations

import argparse
import http.client
import secrets
import shutil
import ssl
import statistics
import sys
import time

from scipy.stats import mannwhitneyu

from tests.scan.site import production_site
from tests.serving import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.scan.timing")
    parser.add_argument("--pairs", type=int, default=2000, help="how many of each (2000)")
    parser.add_argument("--port", type=int, default=8392, help="where the site listens (8392)")
    options = parser.parse_args()
    folder = ROOT / ".scan" / "timing"
    shutil.rmtree(folder, ignore_errors=True)
    with production_site(folder, options.port) as site:
        trust = ssl.create_default_context(cafile=folder / "certificate.pem")
        connection = http.client.HTTPSConnection(
            "127.0.0.1", options.port, context=trust, timeout=30
        )

        def ask(token: str, method: str = "GET", page: str = "") -> tuple[int, float]:
            begin = time.perf_counter()
            connection.request(method, f"/snapshot/{token}/{page}")
            answer = connection.getresponse()
            answer.read()
            return answer.status, (time.perf_counter() - begin) * 1000

        assert ask(site.finished, "POST", "delete/")[0] == 200
        took: dict[str, list[float]] = {"never was": [], "deleted": []}
        for number in range(options.pairs + 50):
            pair = [("never was", secrets.token_urlsafe(24)), ("deleted", site.finished)]
            for kind, token in pair if number % 2 else reversed(pair):
                status, milliseconds = ask(token)
                assert status == 404
                if number >= 50:  # the first ones warm up
                    took[kind].append(milliseconds)
    p = float(mannwhitneyu(took["never was"], took["deleted"]).pvalue)
    medians = {kind: statistics.median(times) for kind, times in took.items()}
    print(
        f"{options.pairs} of each: median {medians['never was']:.3f} ms where it never was, "
        f"{medians['deleted']:.3f} ms where it was deleted; Mann-Whitney p = {p:.3f}"
    )
    sys.exit(p < 0.001)


if __name__ == "__main__":
    main()
