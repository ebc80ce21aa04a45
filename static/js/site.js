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
