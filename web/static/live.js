// Keeps the marked parts of a page up to date. Every page works without it.
const followed = () => document.querySelector("[data-live-from]");
let missed = 0;
const follow = async () => {
  const source = followed();
  if (source && !document.hidden) {
    try {
      const answer = await fetch(source.dataset.liveFrom, { headers: { Accept: "text/html" } });
      missed = 0;
      // Meanwhile the reader may have gone on to another page.
      if (answer.ok && source.isConnected) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        renew(fresh);
        const next = fresh.querySelector("[data-live-from]");
        if (next?.dataset.liveEvery) source.dataset.liveEvery = next.dataset.liveEvery;
        if (fresh.querySelector("[data-live-over]")) source.removeAttribute("data-live-from");
      }
    } catch { if (++missed > 2) showLost(); }
  }
  setTimeout(follow, Number(followed()?.dataset.liveEvery ?? 1000));
};
// The next answer puts in its place what is true then.
const showLost = () => {
  const chip = Object.assign(document.createElement("span"), { className: "chip bad", textContent: "No answer" });
  document.querySelector('[data-part="running"]')?.replaceChildren(chip);
};
// A part somebody types, chooses or selects in waits until she is done.
const isChanged = (field) =>
  ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
  : field.options ? [...field.options].some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0
  : field.type !== "hidden" && field.value !== field.defaultValue;
const isBusy = (part) =>
  [...part.querySelectorAll("input, select, textarea")].some(isChanged) ||
  (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) ||
  (getSelection()?.toString() && part.contains(getSelection().anchorNode));
const renew = (fresh) => {
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (next && next.innerHTML !== part.innerHTML && !isBusy(part)) replace(part, next);
  }
};
const replace = (part, next) => {
  const known = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
  const focused = [...part.querySelectorAll("a, button, summary")].indexOf(document.activeElement);
  // What was opened stays open.
  const opened = [...part.querySelectorAll("details")].map((one) => one.open);
  part.replaceChildren(...next.childNodes);
  part.querySelectorAll("details").forEach((one, at) => { one.open = opened[at] ?? one.open; });
  if (focused >= 0) part.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
  if (known.size) for (const row of part.querySelectorAll("[data-key]")) row.classList.toggle("new", !known.has(row.dataset.key));
};
setTimeout(follow, Number(followed()?.dataset.liveEvery ?? 1000));
