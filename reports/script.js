
"use strict";
// Filters whose state lies in the address, after the #, so that a filtered view can be sent to others.
// Everything is readable without this script.
(() => {
  const form = document.getElementById("filters");
  const unfold = () => document.querySelectorAll("details").forEach((element) => { element.open = true; });
  addEventListener("beforeprint", unfold);
  if (!form) return;

  const results = [...document.querySelectorAll(".result")].map((element) => ({
    element,
    verdict: element.dataset.v,
    severity: element.dataset.s,
    change: element.dataset.c,
    rule: element.parentElement.dataset.rule,
    text: "",
  }));
  const sections = [...document.querySelectorAll("section.rule")];
  const shown = document.getElementById("shown");
  const boxes = (name) => [...form.querySelectorAll(`input[name=${name}]`)];
  const { rule, text } = form.elements;
  const names = ["verdict", "severity", "change"];

  function apply() {
    const chosen = (name) => new Set(boxes(name).filter((box) => box.checked).map((box) => box.value));
    const verdicts = chosen("verdict");
    const severities = chosen("severity");
    const changes = chosen("change");
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const visible = new Set();
    let count = 0;
    for (const result of results) {
      if (words.length && !result.text) {
        result.text = `${result.rule} ${result.element.textContent}`.toLowerCase();
      }
      const fits = verdicts.has(result.verdict) && severities.has(result.severity)
        && (changes.size === boxes("change").length || changes.has(result.change))
        && (!rule.value || rule.value === result.rule) && words.every((word) => result.text.includes(word));
      result.element.hidden = !fits;
      if (fits) {
        count += 1;
        visible.add(result.element.parentElement);
      }
    }
    for (const section of sections) section.hidden = !visible.has(section);
    const number = (value) => value.toLocaleString("en");
    shown.textContent = count === results.length
      ? `${number(count)} shown` : `${number(count)} of ${number(results.length)} shown`;
  }

  function write() {
    const state = new URLSearchParams();
    for (const name of names) {
      const all = boxes(name);
      const checked = all.filter((box) => box.checked).map((box) => box.value);
      if (checked.length < all.length) state.set(name, checked.join(","));
    }
    if (rule.value) state.set("rule", rule.value);
    if (text.value) state.set("text", text.value);
    const hash = state.toString();
    history.replaceState(null, "", hash ? `#${hash}` : `${location.pathname}${location.search}`);
  }

  function read() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) {
      show(hash);
      return;
    }
    set(new URLSearchParams(hash));
  }

  function set(state) {
    for (const name of names) {
      const wanted = state.has(name) ? state.get(name).split(",") : null;
      for (const box of boxes(name)) box.checked = !wanted || wanted.includes(box.value);
    }
    rule.value = state.get("rule") || "";
    if (rule.selectedIndex < 0) rule.value = "";
    text.value = state.get("text") || "";
    apply();
  }

  // A link to a result or rule unfolds it, whatever the filters hide.
  function show(id) {
    let target = null;
    try { target = document.getElementById(decodeURIComponent(id)); } catch { /* not an anchor */ }
    if (!target) return;
    if (target.closest("[hidden]")) set(new URLSearchParams());
    if (target.matches("details")) target.open = true;
    target.scrollIntoView({ block: "start" });
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { apply(); write(); });
  form.addEventListener("reset", () => setTimeout(() => { apply(); write(); }));
  addEventListener("hashchange", read);
  form.hidden = false;
  apply();
  read();
})();
