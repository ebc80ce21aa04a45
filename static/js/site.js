// Two small things on top of pages that work without this file.

// Leaving fast: replaces this page, so that Back does not return to it. Without this file every
// [data-exit] is a plain link to the same place.
const PRESSES = 3;
const WITHIN_MS = 3000;
const exitLink = document.querySelector("[data-exit]");
let pressedAt = [];

function leave() {
  document.body.hidden = true;
  document.title = "\u200b";
  window.location.replace(exitLink.href);
}

if (exitLink) {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-exit]")) return;
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    pressedAt = [...pressedAt, event.timeStamp].filter((at) => event.timeStamp - at < WITHIN_MS);
    if (pressedAt.length >= PRESSES) leave();
  });
}

// Handing a page on: [data-share] holds the address to copy, and stays hidden where nothing can be done
// with it. The phone's own sheet is offered only where the page asks for it ([data-sheet]): an address
// that opens somebody's answers is copied by its reader and given to no list of contacts.
for (const share of document.querySelectorAll("[data-share]")) {
  const address = new URL(share.dataset.share, window.location.href).href;
  const copy = share.querySelector("[data-copy]");
  const sheet = share.querySelector("[data-sheet]");
  const status = share.querySelector("[role=status]");
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address);
      status.textContent = status.dataset.copied;
    } catch {
      status.textContent = address;
    }
  });
  if (sheet) {
    sheet.hidden = !navigator.share;
    // Closing the sheet again without sharing is no fault.
    sheet.addEventListener("click", () => navigator.share({ url: address }).catch(() => {}));
  }
  share.hidden = copy.hidden && (!sheet || sheet.hidden);
}
