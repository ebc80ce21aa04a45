"""What a page costs a reader who comes for the first time: requests, bytes on the wire, what the
browser waits for before it paints, and what moves afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.browser.looking import Visitor
from tests.browser.pages import PageType

_SHIFTS = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
})"""
_BLOCKING = """() => performance.getEntriesByType("resource")
  .filter(entry => entry.renderBlockingStatus === "blocking")
  .map(entry => new URL(entry.name).pathname)"""
_ICON = "document.querySelector('link[rel=icon]')?.href"


@dataclass
class Weight:
    """`wire`: bytes by address, headers included; `shift`: the sum of all layout shifts."""

    wire: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, str] = field(default_factory=dict)
    blocking: list[str] = field(default_factory=list)
    shift: float = 0

    @property
    def bytes(self) -> int:
        return sum(self.wire.values())


def weigh(visit: Visitor, page_type: PageType) -> Weight:
    """Open the page with nothing kept from before, its icon too, and scroll through it once."""
    weight = Weight()
    session = visit.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    addresses: dict[str, str] = {}

    def asked(event):
        addresses[event["requestId"]] = event["request"]["url"]

    def answered(event):
        headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
        address = event["response"]["url"]
        if not address.startswith("data:"):
            weight.encodings[address] = headers.get("content-encoding", "as it is")

    def loaded(event):
        address = addresses.get(event["requestId"], "data:")
        if not address.startswith("data:"):  # the little pictures in a browser's own fields
            weight.wire[address] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", loaded)
    page = visit.open(page_type)
    weight.blocking = page.evaluate(_BLOCKING)
    page.evaluate("scrollTo({ top: document.body.scrollHeight, behavior: 'instant' })")
    weight.shift = page.evaluate(_SHIFTS)
    # A browser without a window asks for no icon; a reader's does.
    if icon := page.evaluate(_ICON):
        page.evaluate("address => fetch(address).then(answer => answer.text())", icon)
    page.wait_for_load_state("networkidle")
    session.detach()
    return weight
