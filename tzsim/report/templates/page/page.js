// The whole page: languages, scenarios, keys, print.

function drawAll() {
  document.documentElement.lang = state.lang === 1 ? "en" : "zh-CN";
  document.title = say("title") + say("colon") + tr(scenario().name);
  for (const part of document.querySelectorAll("[data-w]")) part.textContent = say(part.dataset.w);
  at("broken").textContent = say("broken");
  at("search").placeholder = say("search hint");
  at("goals").setAttribute("aria-label", say("table label"));
  at("controls").setAttribute("aria-label", say("controls"));
  at("languages").setAttribute("aria-label", say("language"));
  at("languages").replaceChildren(...["中文", "English"].map((words, k) => {
    const button = el("button", { type: "button", lang: k ? "en" : "zh-CN", "aria-pressed": String(k === state.lang) }, words);
    button.addEventListener("click", () => { state.lang = k; drawAll(); at("languages").children[k].focus(); });
    return button;
  }));
  at("scenarios").hidden = data.scenarios.length < 2;
  at("scenarios").setAttribute("aria-label", say("scenario"));
  at("scenarios").replaceChildren(...data.scenarios.map((s, k) => {
    const input = el("input", { type: "radio", name: "scenario", value: s.id });
    input.checked = k === state.scenario;
    input.addEventListener("change", () => chooseScenario(k));
    return el("label", {}, input, el("span", {}, tr(s.name)));
  }));
  at("question").textContent = [data.scenarios.length < 2 ? tr(scenario().name) : "", tr(scenario().question)].filter((t) => t).join(say("colon"));
  at("answer").replaceChildren(...tr(scenario().answer).map(([lead, text]) => el("p", {}, el("b", {}, lead), lead && state.lang ? " " : "", text)));
  options("area", [["", say("all areas")], ...data.areas.map(([id, name]) => [id, tr(name)])], state.area);
  options("show", ["all", "judged", "weak", "unjudged"].map((k) => [k, say("show " + k)]), state.show);
  options("order", ["plan", "up", "down"].map((k) => [k, say("order " + k)]), state.order);
  at("method").replaceChildren(...tr(scenario().method).map((t) => el("p", {}, t)), ...scenario().notes.map((t) => el("p", {}, t)));
  at("run").textContent = tr(scenario().run) + say("semicolon") + say("as in");
  drawHeads();
  drawRows();
  drawCard();
}

function options(id, pairs, chosen) {
  at(id).replaceChildren(...pairs.map(([value, words]) => el("option", { value }, words)));
  at(id).value = chosen;
}

function chooseScenario(k) {
  const id = row() ? goalOf(row()).id : null, value = state.value, fan = state.fan === null ? null : scenario().fans[state.fan].id;
  state.scenario = k;
  const same = scenario().rows.findIndex((r) => goalOf(r).id === id);
  choose(Math.max(0, same), false); // a goal that this scenario lacks: the first one
  if (same >= 0 && row().judged) state.value = value;
  const series = scenario().fans.findIndex((f) => f.id === fan);
  if (series >= 0) state.fan = series;
  drawAll();
  at("scenarios").children[k].firstChild.focus();
}

function focusRow(k) {
  const found = at("rows").querySelector(`[data-row="${k}"]`);
  if (found) found.focus();
}

function listen() {
  for (const [id, event] of [["search", "input"], ["area", "change"], ["show", "change"]]) {
    at(id).addEventListener(event, () => {
      const before = state.row;
      state[id] = at(id).value;
      drawRows();
      if (state.row !== before) drawCard();
    });
  }
  at("order").addEventListener("change", () => setOrder(at("order").value));
  at("print").addEventListener("click", () => window.print());
  at("rows").addEventListener("click", (event) => {
    const line = event.target.closest("[data-row]");
    if (!line) return;
    choose(Number(line.dataset.row));
    line.focus({ preventScroll: true });
    if (window.matchMedia("(max-width: 60rem)").matches) at("card").scrollIntoView();
  });
  at("rows").addEventListener("keydown", (event) => {
    const line = event.target.closest("[data-row]");
    if (!line) return;
    const all = [...at("rows").children], k = all.indexOf(line), page = 10;
    const to = { ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: all.length - 1, PageDown: k + page, PageUp: k - page }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = all[Math.min(all.length - 1, Math.max(0, to))];
      choose(Number(next.dataset.row));
      next.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      at("card").focus();
      at("card").scrollIntoView({ block: "nearest" });
    }
  });
  const again = () => { if (row().judged) drawCurve(); drawFan(); };
  const folded = [at("about"), at("answer-box")];
  window.addEventListener("resize", () => { if (!printing && row()) again(); });
  window.addEventListener("beforeprint", () => { printing = true; for (const d of folded) { d.dataset.was = d.open ? "open" : ""; d.open = true; } if (row()) again(); });
  window.addEventListener("afterprint", () => { printing = false; for (const d of folded) d.open = d.dataset.was === "open"; if (row()) again(); });
}

const judged = scenario().rows.findIndex((r) => r.judged);
if (scenario().rows.length) choose(Math.max(0, judged), false);
at("answer-box").open = !window.matchMedia("(max-width: 40rem)").matches;
listen();
drawAll();
