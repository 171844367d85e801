"use strict";
// The state of the filter is the fragment of the URL, so that a link shows it.
(() => {
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const fields = ["q", "client", "decision", "severity", "gate"];
  const rank = { low: 1, medium: 2, high: 3, critical: 4 };
  const servers = Array.from(document.querySelectorAll("#servers tbody"), (body) => ({ body, data: body.dataset, text: "" }));

  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const shows = (s, want) => {
    if (want.client && s.data.client !== want.client) return false;
    if (want.decision && s.data.decision !== want.decision) return false;
    if (want.severity && !(rank[s.data.severity] >= rank[want.severity])) return false;
    if (want.gate && s.data.gate !== want.gate) return false;
    s.text ||= s.body.textContent.toLowerCase();
    return words(want.q).every((word) => s.text.includes(word));
  };
  const apply = () => {
    const want = Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));
    let shown = 0;
    for (const s of servers) {
      s.body.hidden = !shows(s, want);
      if (!s.body.hidden) shown++;
    }
    const all = `${servers.length} ${servers.length === 1 ? "server" : "servers"}`;
    count.textContent = shown === servers.length ? all : `${shown} of ${all}`;
    document.getElementById("none").hidden = shown > 0;
  };
  const write = () => {
    const state = new URLSearchParams();
    for (const name of fields) if (form.elements[name].value) state.set(name, form.elements[name].value);
    const fragment = "#" + state;
    if (fragment !== location.hash) history.replaceState(null, "", fragment);
  };
  const read = () => {
    const fragment = location.hash.slice(1);
    const one = fragment.includes("=") ? null : document.getElementById(fragment);
    const state = new URLSearchParams(one ? "" : fragment);
    for (const name of fields) {
      const field = form.elements[name];
      field.value = state.get(name) ?? "";
      if (field.selectedIndex === -1) field.value = ""; // a value that is none of the choices
    }
    apply();
    if (one?.matches("#servers tbody")) {
      one.querySelector("details").open = true;
      one.scrollIntoView();
    }
  };
  form.addEventListener("input", () => { apply(); write(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); write(); }));
  document.getElementById("open").addEventListener("click", (event) => {
    const open = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(open));
    for (const s of servers) s.body.querySelector("details").open = open;
  });
  addEventListener("hashchange", read);
  form.hidden = false;
  read();
})();
