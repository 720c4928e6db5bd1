// Enhancement only: every page works without it.
const say = (el, text) => { const was = el.textContent; el.textContent = text; setTimeout(() => { el.textContent = was; }, 1600); };
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy], [data-copy-from]");
  if (copy) {
    const from = document.getElementById(copy.dataset.copyFrom) ?? copy.previousElementSibling;
    try { await navigator.clipboard.writeText(copy.dataset.copy ?? from.textContent); say(copy, document.documentElement.dataset.copied ?? "Copied"); }
    catch { getSelection().selectAllChildren(from); say(copy, document.documentElement.dataset.pressCopy ?? "Press Ctrl+C"); }
  }
  const opener = event.target.closest("[commandfor]");
  if (opener && !("commandForElement" in opener)) {
    const box = document.getElementById(opener.getAttribute("commandfor"));
    opener.getAttribute("command") === "close" ? box.close() : box.showModal();
  }
});
document.querySelector(".top [aria-current=page]")?.scrollIntoView({ inline: "center", block: "nearest" });
