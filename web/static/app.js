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
// A link to a form of its own opens the same form in a dialog, where the page has it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const box = link && document.getElementById(link.dataset.dialog);
  if (!box?.showModal || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  box.showModal();
}, true);
// A form that answers with a file. Within a platform's admin only scripts can prove who asks, so they fetch it.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-download]");
  if (!form || !document.documentElement.dataset.host) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
  if (!answer.ok) { document.querySelector("main").replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main").childNodes); return; }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "export.json";
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
// A second press while a form is on its way does nothing: the answer to the first is the one that counts.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) return;
  if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 5000);
}, true);
// Who leaves a page with a form that says so, and has changed it, is asked: by the browser, or by the dialog that the
// form names where htmx puts the next page in place of this one. Within a frame Safari shows no confirm().
const unsaved = () => document.querySelector("form[data-asks-before-leaving][data-unsaved]");
document.addEventListener("input", (event) => { event.target.closest("form[data-asks-before-leaving]")?.setAttribute("data-unsaved", location.href); });
document.addEventListener("submit", (event) => { if (!event.defaultPrevented) event.target.removeAttribute("data-unsaved"); });
addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = unsaved();
  if (form && ctx.target === document.body && ctx.request.form !== form) ctx.confirm = form.dataset.asksBeforeLeaving;
});
document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  const box = document.getElementById(ctx.confirm);
  const stay = () => {
    dropRequest();
    // The browser's way back had changed the address already.
    if ("HX-History-Restore-Request" in ctx.request.headers) history.pushState({ htmx: true }, "", unsaved().dataset.unsaved || location.href);
  };
  event.preventDefault();
  box.returnValue = "";
  box.addEventListener("close", () => { box.returnValue === "leave" ? issueRequest() : stay(); }, { once: true });
  box.showModal();
});
for (const here of document.querySelectorAll(":is(.top, .tabs) [aria-current=page]")) here.scrollIntoView({ inline: "center", block: "nearest" });
