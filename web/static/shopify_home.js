// Keeps the app's page within Shopify's admin up to date. Shopify's script adds the proof of who asks to each fetch,
// and asks once more where it was too old. Where either script is absent, the page shows what was when it was opened.
"use strict";
(() => {
  const numbers = new Intl.NumberFormat("en");
  const shown = { orders_today: "orders-today", points_today: "points-today", waiting: "waiting" };
  const state = document.querySelector("main").dataset.state;

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

  setInterval(() => look().catch(() => {}), 15000);
})();
