// Keeps the app's page within Shopify's admin up to date. Shopify's script adds the proof of who asks to each fetch,
// and asks once more where it was too old. Where either script is absent, the page shows what was when it was opened.
"use strict";
(() => {
  const numbers = new Intl.NumberFormat("en");
  const shown = { orders_today: "orders-today", points_today: "points-today", waiting: "waiting" };
  const state = document.querySelector("main").dataset.state;
  const past = () => document.getElementById("past");

  async function look() {
    if (document.hidden) return;
    const answer = await fetch("/shopify/state", { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const now = await answer.json();
    if (now.state !== state) return location.reload();
    for (const [name, id] of Object.entries(shown)) {
      document.getElementById(id).textContent = numbers.format(now[name]);
    }
  }

  // The answer is the part of the page, whether it was looked at or something was chosen in it.
  async function renew(sent) {
    const answer = await fetch("/shopify/past-orders", sent);
    if (!answer.ok && answer.status !== 422) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("past");
    if (fresh) past()?.replaceWith(fresh);
    return true;
  }

  document.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-fetched]")) return;
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    const isDone = await renew({ method: "POST", body: new URLSearchParams(new FormData(event.target)) }).catch(() => false);
    if (!isDone) button.disabled = false;
    else past()?.querySelector("h2, button")?.closest("section").scrollIntoView({ block: "nearest" });
  });

  setInterval(() => look().catch(() => {}), 15000);
  setInterval(() => { if (!document.hidden && past()?.matches("[data-running]")) renew({}).catch(() => {}); }, 2000);
})();
