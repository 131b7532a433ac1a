// Keeps the Jobs page up to date: asks for the table alone, and touches only the rows that changed, so that scroll
// position, focus and selection stay. Text of the server goes into the page as text or as parsed, inert HTML.
(function () {
  "use strict";

  const page = document.getElementById("ledger");
  if (!page) return;

  const interval = 2000;
  const longestWait = 30000;
  const timeLimit = 10000;
  const actionTimeLimit = 60000;
  const idLength = 36;
  const jobs = document.getElementById("ledger-jobs");
  const note = document.getElementById("ledger-note");
  const toggle = document.getElementById("ledger-toggle");
  let shown = parse(jobs.innerHTML);
  let failures = 0;
  let timer = 0;
  let asking = null;
  let lastGood = new Date();

  // The process has no culture, and Hangfire writes that down as a language nobody speaks.
  document.documentElement.lang = "en";

  function parse(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
  }

  function isOn() {
    return toggle.getAttribute("aria-pressed") === "true";
  }

  function say(text, isTrouble) {
    if (note.textContent !== text) note.textContent = text;
    note.classList.toggle("ledger-trouble", Boolean(isTrouble));
  }

  function schedule(milliseconds) {
    clearTimeout(timer);
    if (isOn() && !document.hidden) timer = setTimeout(refresh, milliseconds);
  }

  async function refresh() {
    clearTimeout(timer);
    if (asking) return;
    asking = new AbortController();
    const limit = setTimeout(() => asking.abort(), timeLimit);
    try {
      const answer = await fetch(jobs.dataset.source, { signal: asking.signal, cache: "no-store" });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
      show(parse(await answer.text()));
      if (failures > 0) say("");
      failures = 0;
      lastGood = new Date();
    } catch (error) {
      failures++;
      const why = error.message.startsWith("it answered") ? error.message : "no answer";
      say(`Not up to date since ${lastGood.toLocaleTimeString()}: ${why}. Trying again.`, true);
    } finally {
      clearTimeout(limit);
      asking = null;
      schedule(Math.min(interval * 2 ** Math.min(failures, 4), longestWait));
    }
  }

  // Hangfire's scripts change titles in the live rows, so that the server's last answer is what to compare with.
  function show(next) {
    if (next.innerHTML === shown.innerHTML) return;
    const focus = jobs.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const rows = jobs.querySelector("tbody");
    const nextRows = next.querySelector("tbody");
    if (rows && nextRows) {
      merge(rows, nextRows);
      mergePager(next);
    } else {
      jobs.replaceChildren(...document.importNode(next, true).childNodes);
    }
    shown = next;
    if (focus && document.activeElement.dataset.focus !== focus) {
      // A button that is gone leaves the focus to its job.
      const place = find(focus) ?? find(focus.slice(0, idLength));
      place?.focus({ preventScroll: true });
    }
  }

  function find(focus) {
    return jobs.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
  }

  function merge(rows, nextRows) {
    const known = new Map([...shown.querySelectorAll("tbody > tr")].map((row) => [row.id, row.outerHTML]));
    const wanted = new Set([...nextRows.children].map((row) => row.id));
    for (const row of [...rows.children]) if (!wanted.has(row.id)) row.remove();
    let place = rows.firstElementChild;
    for (const row of nextRows.children) {
      if (place?.id === row.id) {
        const after = place.nextElementSibling;
        if (known.get(row.id) !== row.outerHTML) place.replaceWith(document.importNode(row, true));
        place = after;
      } else {
        rows.insertBefore(document.importNode(row, true), place);
      }
    }
  }

  function mergePager(next) {
    const pager = jobs.querySelector(".ledger-pager");
    const nextPager = next.querySelector(".ledger-pager");
    if (pager?.outerHTML === nextPager?.outerHTML) return;
    pager?.remove();
    if (nextPager) jobs.append(document.importNode(nextPager, true));
  }

  async function act(button) {
    // Disabled for good it would lose the focus.
    if (button.getAttribute("aria-disabled") === "true") return;
    if (button.dataset.question && !window.confirm(button.dataset.question)) return;
    button.setAttribute("aria-disabled", "true");
    const header = document.querySelector('meta[name="csrf-header"]')?.content;
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    try {
      const answer = await fetch(button.dataset.action, {
        method: "POST",
        headers: header && token ? { [header]: token } : {},
        signal: AbortSignal.timeout(actionTimeLimit),
      });
      const isOurs = (answer.headers.get("content-type") ?? "").startsWith("text/plain");
      const text = isOurs ? await answer.text() : `It was refused (${answer.status}). Load the page again first.`;
      say(text, !answer.ok);
    } catch {
      say("No answer: see in the table whether it was done.", true);
    }
    button.removeAttribute("aria-disabled");
    await refresh();
  }

  jobs.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (button) act(button);
  });
  toggle.addEventListener("click", () => {
    toggle.setAttribute("aria-pressed", String(!isOn()));
    toggle.textContent = isOn() ? "Live" : "Paused";
    schedule(0);
  });
  document.addEventListener("visibilitychange", () => schedule(0));
  schedule(interval);
})();
