// The table of goals: filter, order, rows, choice.

const COLUMNS = ["col goal", "col target", "col median", "col probability", "col verdict", "col evidence", "col binds"];

function shownRows() {
  const wanted = state.search.trim().toLowerCase();
  const found = scenario().rows.map((r, k) => k).filter((k) => {
    const r = scenario().rows[k], goal = goalOf(r);
    if (state.area && goal.area !== state.area) return false;
    if (state.show === "judged" && !r.judged) return false;
    if (state.show === "weak" && !(r.judged && r.weak)) return false;
    if (state.show === "unjudged" && r.judged) return false;
    const texts = [goal.id, ...goal.name, goal.quote, ...goal.reading];
    return !wanted || texts.some((t) => t.toLowerCase().includes(wanted));
  });
  if (state.order === "plan") return found;
  const sign = state.order === "up" ? 1 : -1, rows = scenario().rows;
  return found.sort((a, b) => {
    if (rows[a].judged !== rows[b].judged) return rows[a].judged ? -1 : 1;
    return (rows[a].judged ? sign * (rows[a].p - rows[b].p) : 0) || a - b;
  });
}

function drawHeads() {
  at("heads").replaceChildren(...COLUMNS.map((key) => {
    const level = key === "col median" ? data.levels.fan : data.levels.error;
    const words = say(key, { level });
    const head = el("th", { role: "columnheader", scope: "col", class: key.slice(4) });
    if (key !== "col probability") head.append(words);
    else {
      head.setAttribute("aria-sort", { plan: "none", up: "ascending", down: "descending" }[state.order]);
      const button = el("button", { type: "button", id: "sort", title: say("sort by probability") }, words,
        el("span", { "aria-hidden": "true" }, { plan: " ↕", up: " ↑", down: " ↓" }[state.order]));
      button.addEventListener("click", () => { setOrder(state.order === "up" ? "down" : "up"); at("sort").focus(); });
      head.append(button, el("span", { class: "on-paper", "aria-hidden": "true" }, words));
    }
    return head;
  }));
}

function drawRows() {
  const shown = shownRows();
  if (shown.length && !shown.includes(state.row)) choose(shown[0], false);
  at("rows").replaceChildren(...shown.map(drawRow));
  if (!shown.length) at("rows").append(el("tr", { role: "row" }, el("td", { role: "gridcell", colspan: COLUMNS.length }, say("nothing"))));
  at("count").textContent = say("shown", { shown: String(shown.length), all: String(scenario().rows.length) });
}

function drawRow(k) {
  const r = scenario().rows[k], goal = goalOf(r), chosen = k === state.row;
  const cell = (name, ...children) => el("td", { role: "gridcell", class: name }, ...children);
  const name = cell("goal", el("span", { class: "id" }, goal.id), " ", el("b", {}, tr(goal.name)));
  if (goal.second) name.append(el("small", {}, say("readings mark")));
  const made = el("tr", { role: "row", class: r.tone, "data-id": goal.id, "data-row": k, tabindex: chosen ? 0 : -1,
    "aria-selected": String(chosen) }, name, cell("target", tr(goal.target), el("small", {}, tr(goal.date))));
  if (r.judged) {
    made.append(
      cell("median", tr(r.median), el("small", {}, tr(r.interval))),
      cell("probability", el("span", { class: "chance" }, r.probability), meter(r), el("small", {}, tr(r.error))),
      cell("verdict", el("span", { class: "tone" }, tr(r.verdict))),
      cell("evidence", tr(r.evidence)), cell("binds", tr(r.binds) || say("dash")));
  } else {
    made.append(cell("reason", el("span", { class: "tone" }, tr(r.verdict)), el("small", {}, tr(r.reason))));
    made.lastChild.setAttribute("colspan", COLUMNS.length - 2);
  }
  return made;
}

function meter(r) {
  const bar = el("svg:svg", { class: "meter", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    el("svg:rect", { class: "rail", x: 0, y: 0, width: 100, height: 8 }),
    el("svg:rect", { class: "fill", x: 0, y: 0, width: 100 * r.p, height: 8 }));
  return bar;
}

function choose(k, draw = true) {
  state.row = k;
  state.value = null;
  const fans = scenario().fans, own = fans.findIndex((f) => f.row === k);
  state.fan = own >= 0 ? own : null;
  state.year = null;
  if (!draw) return;
  for (const line of at("rows").children) {
    const chosen = Number(line.dataset.row) === k;
    line.setAttribute("aria-selected", String(chosen));
    line.tabIndex = chosen ? 0 : -1;
  }
  drawCard();
}

function setOrder(order) {
  state.order = order;
  at("order").value = order;
  drawHeads();
  drawRows();
  drawCard();
}
