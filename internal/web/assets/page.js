// Everything that comes from a log or a queue is put on the page as text (textContent), never as markup.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const make = (name, text, kind) => {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    if (kind) e.className = kind;
    return e;
  };
  const row = (cells) => {
    const r = make("tr");
    for (const [text, kind] of cells) r.append(make("td", text, kind));
    return r;
  };
  const number = (n) => n >= 100 || Number.isInteger(n) ? Math.round(n).toLocaleString("en") : n.toFixed(1);
  const bytes = (n) => {
    for (const unit of ["B", "KiB", "MiB", "GiB"]) {
      if (n < 1024 || unit === "GiB") return (unit === "B" ? Math.round(n) : n.toFixed(1)) + " " + unit;
      n /= 1024;
    }
  };
  const age = (s) => s < 60 ? s.toFixed(s < 10 ? 1 : 0) + " s" : s < 3600 ? Math.floor(s / 60) + " min" : s < 86400 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " d";

  // An address with the token in it (http://user:token@host/) is no base for requests: fetch refuses it.
  const at = (path) => location.origin + path;

  const history = new Map(); // transport -> messages read a second
  const sparkline = (values) => {
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 100 20");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", "messages read a second, the last two minutes");
    const most = Math.max(1, ...values);
    const line = document.createElementNS(ns, "polyline");
    line.setAttribute("points", values.map((v, i) => (100 - (values.length - 1 - i) * (100 / 59)) + "," + (19 - 18 * v / most)).join(" "));
    svg.append(line);
    return svg;
  };

  const showTransport = (t) => {
    const past = history.get(t.name) ?? [];
    past.push(t.reading_per_second);
    history.set(t.name, past.slice(-60));
    const card = make("article");
    card.append(make("h3", t.name));
    if (t.problem) card.append(make("p", t.problem, "problem"));
    const list = make("dl");
    for (const [name, value, bad] of [
      ["waiting", number(t.waiting)], ["pending", number(t.pending)], ["delayed", number(t.delayed)], ["failed", number(t.failed), t.failed > 0],
      ["oldest", age(t.oldest_seconds)], ["arrive /s", number(t.arriving_per_second)], ["read /s", number(t.reading_per_second)],
    ]) {
      const pair = make("div");
      pair.append(make("dt", name), make("dd", value, bad ? "bad" : ""));
      list.append(pair);
    }
    card.append(list, sparkline(history.get(t.name)));
    return card;
  };

  const show = (s) => {
    $("state").textContent = s.health.state;
    $("state").className = s.health.live ? s.health.ready ? "" : "waiting" : "stuck";
    $("reason").textContent = s.health.reason === s.health.state ? "" : s.health.reason ?? "";
    $("transports").replaceChildren(...s.transports.map(showTransport));
    $("consumers").replaceChildren(...s.transports.flatMap((t) => t.consumers.map((c) =>
      row([[c.name], [t.name], [c.state, c.state], [number(c.pending), "n"], [age(c.idle_seconds) + " ago", "n"]]))));
    $("files").replaceChildren(...(s.files ?? []).map((f) =>
      row([[f.name], [bytes(f.bytes), "n"], [number(f.lines_per_second), "n"], [bytes(f.bytes_per_second), "n"]])));
    $("files-problem").textContent = s.problem ?? "";
  };

  const change = async (what, m) => {
    try {
      const answer = await fetch(at("/failed/" + what), {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ transport: m.transport, id: m.id }),
      });
      $("failed-done").textContent = answer.ok
        ? m.id + (what === "retry" ? " is written and removed" : " is removed")
        : m.id + ": " + ((await answer.json().catch(() => null))?.problem ?? answer.status);
    } catch (e) {
      $("failed-done").textContent = m.id + ": " + e.message;
    }
    asked = "";
    ask("/failed.json", showFailed);
  };

  let asked = ""; // the message whose removal waits for a second click
  const actions = (m) => {
    const key = m.transport + " " + m.id, bar = make("p", undefined, "actions");
    const retry = make("button", "Retry"), remove = make("button", asked === key ? "Remove for good?" : "Remove");
    retry.type = remove.type = "button";
    retry.addEventListener("click", () => { retry.disabled = remove.disabled = true; change("retry", m); });
    remove.addEventListener("click", () => {
      if (asked !== key) { asked = key; remove.textContent = "Remove for good?"; return; }
      retry.disabled = remove.disabled = true;
      change("remove", m);
    });
    bar.append(retry, remove);
    return bar;
  };

  const showFailed = (answer) => {
    $("failed-problem").textContent = answer.problem;
    if (answer.failed.length === 0) {
      $("failed").replaceChildren(make("p", "none", "hint"));
      return;
    }
    $("failed").replaceChildren(...answer.failed.map((m) => {
      const card = make("article");
      card.append(make("h3", m.class + " on " + m.failed_on));
      const when = m.failed_at.startsWith("0001") ? "" : " · " + m.failed_at;
      card.append(make("p", m.transport + " " + m.id + when + " · retries " + m.retries, "hint"));
      card.append(make("p", m.error, "problem"));
      if (m.record) card.append(make("pre", m.record));
      if (answer.writable) card.append(actions(m));
      return card;
    }));
  };

  const ask = async (path, use) => {
    try {
      const answer = await fetch(at(path), { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status + " " + await answer.text());
      use(await answer.json());
    } catch (e) {
      $("state").textContent = "no answer";
      $("state").className = "stuck";
      $("reason").textContent = e.message;
    }
  };

  let paused = false;
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").textContent = paused ? "Go on" : "Pause";
    $("pause").setAttribute("aria-pressed", String(paused));
  });

  let source;
  const follow = () => {
    source?.close();
    $("lines").replaceChildren();
    const query = new URLSearchParams(new FormData($("filter")));
    source = new EventSource(at("/lines?" + query));
    source.onmessage = (e) => {
      if (paused) return;
      const news = JSON.parse(e.data), list = $("lines");
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      $("lines-problem").textContent = news.problem ?? "";
      if (news.left_out) list.append(make("li", news.left_out + " lines were left out: too many for this page", "left"));
      for (const l of news.lines) list.append(make("li", l.text, l.level.replace(/[^A-Z]/g, "")));
      while (list.childElementCount > 500) list.firstElementChild.remove();
      if (atEnd) list.scrollTop = list.scrollHeight;
    };
    source.onerror = () => { $("lines-problem").textContent = "The lines are interrupted; trying again."; };
    source.onopen = () => { $("lines-problem").textContent = ""; };
  };
  $("filter").addEventListener("submit", (e) => e.preventDefault());
  $("filter").addEventListener("change", follow);

  const look = () => { if (!paused && !document.hidden) ask("/overview.json", show); };
  const lookAtFailed = () => { if (!paused && !document.hidden) ask("/failed.json", showFailed); };
  look(); lookAtFailed(); follow();
  setInterval(look, 2000);
  setInterval(lookAtFailed, 10000);
})();
