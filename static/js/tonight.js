// Tonight's question for the date on the reader's own clock, where it differs from the server's.
// Nothing is kept: the page of the right night is opened in place of this one.
(() => {
  const page = document.querySelector("[data-tonight]");
  if (!page) return;
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  if (today === page.dataset.tonight) return;
  const night = page.querySelector(`[data-date="${today}"]`);
  if (night) location.replace(night.href);
})();
