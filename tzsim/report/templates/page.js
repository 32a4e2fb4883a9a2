"use strict";
// Every text comes from the data of the page and is set as text; nothing here is parsed as markup.
window.addEventListener("error", () => { document.getElementById("broken").hidden = false; });

const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const state = { lang: document.documentElement.lang === "en" ? 1 : 0, scenario: 0, row: 0, value: null, fan: null, year: null,
  search: "", area: "", show: "all", order: "plan" };
const at = (id) => document.getElementById(id);
const scenario = () => data.scenarios[state.scenario];
const row = () => scenario().rows[state.row];
const goalOf = (r) => data.goals[r.goal];
const tr = (both) => both[state.lang];

function say(key, values = {}) {
  return tr(data.words[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function el(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((c) => c !== null && c !== ""));
  return made;
}

// --- numbers: as `tzsim.report.numerals` writes them ---

function fixed(x, digits) {
  // toFixed sends an exact tie away from zero; the rest of the report sends it to the even neighbour.
  const power = 10 ** digits, up = x * power;
  const tie = Number.isInteger(x * 2 ** (digits + 1)) && Math.abs(up % 1) === 0.5;
  return (tie ? 2 * Math.round(up / 2) / power : x).toFixed(digits);
}

function number(x, digits) {
  let text = fixed(Math.abs(x), digits);
  if (Math.abs(x) >= 1e4) text = text.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
  return x < 0 && /[1-9]/.test(text) ? "\u2212" + text : text;
}

function withUnit(text, unit) {
  if (!unit) return text;
  return unit.startsWith("%") ? text + unit : say("quantity", { value: text, unit });
}

function percent(p) {
  return p < 0.01 ? "<1%" : p > 0.99 ? ">99%" : number(100 * p, 0) + "%";
}

function likelihood(p) {
  const shown = Number(fixed(100 * p, 0)) / 100;
  return data.likelihood.find(([low]) => shown >= low);
}

// --- the probability of any goal, from the quantiles of the members ---

const unpacked = new Map();
function quantiles(r) {
  if (!unpacked.has(r)) {
    const bytes = Uint8Array.from(atob(r.quantiles), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    unpacked.set(r, Float32Array.from({ length: bytes.length / 4 }, (_, k) => view.getFloat32(4 * k, true)));
  }
  return unpacked.get(r);
}

// Share of members below v, or at and below it. Between two quantiles a straight line: never more than a step wrong.
function shareBelow(q, v, inclusive) {
  const x = Math.fround(v);
  let low = 0, high = q.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inclusive ? q[middle] <= x : q[middle] < x) low = middle + 1; else high = middle;
  }
  if (low === 0) return 0;
  if (low === q.length) return 1;
  return (low - 1 + (x - q[low - 1]) / (q[low] - q[low - 1])) / (q.length - 1);
}

function chance(r, v) {
  const goal = goalOf(r), q = quantiles(r);
  if (!q.length) return 0;
  if (goal.comparison === ">=") return r.share * (1 - shareBelow(q, v, false));
  if (goal.comparison === "<=") return r.share * shareBelow(q, v, true);
  const from = shareBelow(q, v - goal.tolerance, false);
  if (goal.comparison === "≈ at least") return r.share * (1 - from);
  return r.share * Math.max(0, shareBelow(q, v + goal.tolerance, true) - from);
}

// The goal that would have probability p; null where none has.
function goalFor(r, p) {
  const goal = goalOf(r), q = quantiles(r), share = p / r.share;
  if (!q.length || share > 1 || goal.comparison === "≈ within") return null;
  const place = (goal.comparison === "<=" ? share : 1 - share) * (q.length - 1);
  const k = Math.min(Math.floor(place), q.length - 2);
  const v = q[k] + (place - k) * (q[k + 1] - q[k]);
  return goal.comparison === "≈ at least" ? v + goal.tolerance : v;
}

// The slider's range in the goal's unit: the middle 99 % of the members and the plan's goal, on a grid through that goal.
function range(r) {
  const goal = goalOf(r), q = quantiles(r), factor = tr(goal.scale), own = goal.value * factor;
  const ends = q.length ? [q[1], q[q.length - 2]] : [goal.value, goal.value];
  let low = Math.min(ends[0], goal.value) * factor, high = Math.max(ends[1], goal.value) * factor;
  const room = 0.05 * (high - low) || 0.1 * Math.abs(own) || 1;
  low -= low >= 0 && low - room < 0 ? low : room;
  high += room;
  const rough = (high - low) / 200, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const digits = Math.max(tr(goal.decimals), Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const min = own - Math.floor((own - low) / step + 1e-9) * step, max = own + Math.floor((high - own) / step + 1e-9) * step;
  return { min, max, step, digits, factor };
}

const planned = () => state.value === null;
const valueOf = (r) => (planned() ? goalOf(r).value : state.value);
function chanceNow(r) {
  return planned() || state.value === goalOf(r).value ? r.p : chance(r, state.value);
}

// --- the table ---

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
      head.append(button);
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

// --- the card of one goal ---

function drawCard() {
  const r = row(), goal = goalOf(r), card = at("card");
  const facts = el("dl");
  const fact = (key, ...children) => facts.append(el("div", {}, el("dt", {}, key), el("dd", {}, ...children)));
  fact(say("col target"), tr(goal.target));
  fact(say("col date"), tr(goal.date));
  if (r.judged) {
    const unit = tr(goal.unit);
    fact(say("col median", { level: data.levels.fan }), tr(r.median) + say("paren", { text: tr(r.interval) }), unit ? " " + unit : "");
    fact(say("col probability", { level: data.levels.error }), r.probability + say("paren", { text: tr(r.error) }));
    fact(say("prior"), r.prior || say("dash"));
    fact(say("col verdict"), tr(r.verdict));
    fact(say("col evidence"), tr(r.evidence));
    fact(say("col binds"), tr(r.binds) || say("dash"));
    if (r.yearly.length) fact(say("yearly"), r.yearly.map(([year, p]) => year + say("colon") + p).join(say("semicolon")));
  } else {
    fact(say("col status"), tr(r.verdict));
    if (tr(r.reason)) fact(say("col reason"), tr(r.reason));
  }
  fact(say("documented figure"), tr(goal.documented) || say("dash"));
  if (tr(goal.reading)) fact(say("reading"), tr(goal.reading));
  if (tr(goal.note)) fact(say("col note"), tr(goal.note));
  const back = el("button", { type: "button", id: "back" }, say("to table"));
  back.addEventListener("click", () => focusRow(state.row));
  card.replaceChildren(
    el("p", { class: "kicker" }, el("span", { class: "id" }, goal.id), " ", tr(data.areas.find(([id]) => id === goal.area)[1]), back),
    el("h2", { id: "goal-name" }, tr(goal.name)),
    r.judged ? el("p", { class: "verdict " + r.tone, id: "verdict" }, el("span", { class: "big" }, r.probability), " ",
      el("span", { class: "tone" }, tr(r.verdict)), " ",
      el("small", {}, say("error", { level: data.levels.error, interval: tr(r.error) }))) : el("p", { class: "verdict " + r.tone }, el("span", { class: "tone" }, tr(r.verdict))),
    el("blockquote", { lang: "zh-CN", "aria-label": say("quote") }, el("span", {}, say("quote") + say("colon")), goal.quote),
    facts);
  if (r.judged) card.append(el("div", { id: "what-if" }));
  if (data.scenarios.length > 1) card.append(el("div", { id: "beside" }));
  card.append(el("div", { id: "fan-part" }));
  if (r.judged) drawWhatIf();
  drawBeside();
  drawFanPart();
}

function drawWhatIf() {
  const r = row(), goal = goalOf(r), span = range(r), unit = tr(goal.unit);
  const slider = el("input", { type: "range", id: "slider", min: span.min, max: span.max, step: "any", "aria-label": say("slider label") });
  const field = el("input", { type: "number", id: "field", step: "any", inputmode: "decimal",
    "aria-label": unit ? say("field label", { unit }) : say("field label bare") });
  const reset = el("button", { type: "button", id: "reset" }, say("reset"));
  const move = (shown, from) => {
    if (!Number.isFinite(shown)) return;
    const own = goal.value * span.factor;
    state.value = Math.abs(shown - own) <= 1e-9 * Math.max(1, Math.abs(own)) ? null : shown / span.factor;
    showMoved(from);
  };
  const snap = (v) => Number((goal.value * span.factor + Math.round((v - goal.value * span.factor) / span.step) * span.step).toFixed(span.digits));
  slider.addEventListener("input", () => move(snap(Number(slider.value)), "slider"));
  slider.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (!by) return;
    event.preventDefault();
    const now = valueOf(r) * span.factor;
    move(snap(Math.min(span.max, Math.max(span.min, now + by * span.step))), "key");
  });
  field.addEventListener("input", () => { if (field.value !== "") move(Number(field.value), "field"); });
  field.addEventListener("change", () => showMoved("key"));
  reset.addEventListener("click", () => { state.value = null; showMoved("key"); });
  const points = number(100 / data.steps * (goal.comparison === "≈ within" ? 2 : 1), 1);
  const accuracy = Number(points) > 1 ? "accuracy" : "accuracy one";
  const note = say(accuracy, { count: String(data.steps + 1), members: String(r.members), points });
  const basis = { "": "", hardest: say("every year"), last: say("last year", { year: String(r.yearly.length ? r.yearly[r.yearly.length - 1][0] : "") }) }[r.basis];
  const sure = el("ul", { class: "sure" });
  if (goal.comparison !== "≈ within") for (const [p, words] of data.levels.sure) {
    const v = goalFor(r, p);
    const text = v === null ? say("never so sure") : withUnit(number(v * span.factor, tr(r.digits)), unit);
    sure.append(el("li", { "data-sure": p }, say(goal.comparison === "<=" ? "sure at most" : "sure at least", { level: words }), el("b", {}, text)));
  }
  const part = at("what-if");
  part.replaceChildren(
    el("h3", {}, say("what if")),
    el("div", { class: "mover" }, slider, el("label", { class: "field" }, field, el("span", {}, unit)), reset),
    el("output", { id: "moved", for: "slider field", "aria-live": "polite" }),
    el("div", { id: "curve" }),
    sure,
    el("p", { class: "aside" }, note, basis ? " " + basis : ""));
  showMoved("start");
}

function showMoved(from) {
  const r = row(), goal = goalOf(r), span = range(r), p = chanceNow(r), shown = valueOf(r) * span.factor;
  const digits = Number.isInteger(Number(shown.toFixed(9))) ? 0 : Math.min(6, (String(Number(shown.toFixed(6))).split(".")[1] || "").length);
  const [, rank, words] = likelihood(p);
  const slider = at("slider"), field = at("field"), moved = at("moved");
  const text = withUnit(number(shown, digits), tr(goal.unit));
  if (from !== "slider") slider.value = shown;
  if (from !== "field") field.value = Number(shown.toFixed(digits));
  slider.setAttribute("aria-valuetext", text);
  moved.className = "p" + rank;
  moved.dataset.p = p;
  moved.textContent = say(planned() ? "unmoved" : "moved", { value: text, probability: planned() ? r.probability : percent(p), verdict: tr(words) });
  at("reset").disabled = planned();
  drawCurve();
  drawBeside();
  if (from !== "start") drawFan();
}

function drawBeside() {
  const part = at("beside");
  if (!part) return;
  const goal = goalOf(row()), base = data.scenarios[0];
  const lines = data.scenarios.map((s, k) => {
    const r = s.rows.find((other) => goalOf(other).id === goal.id);
    const line = el("tr", { class: r ? r.tone : "other", "aria-current": k === state.scenario ? "true" : null }, el("th", { scope: "row" }, tr(s.name)));
    if (!r || !r.judged) return el("tr", {}, ...line.childNodes, el("td", { colspan: 3 }, r ? tr(r.verdict) : say("dash")));
    const same = planned() || goalOf(r).comparison !== goal.comparison;
    const change = s.changes[goal.id];
    line.append(el("td", {}, tr(r.median) + say("paren", { text: tr(r.interval) })),
      el("td", { class: "chance" }, same ? r.probability : percent(chanceNow(r))),
      el("td", {}, planned() && change ? tr(change) : say("dash")));
    return line;
  });
  part.replaceChildren(el("h3", {}, say("scenarios")), el("table", { class: "beside" },
    el("thead", {}, el("tr", {}, ...[say("scenario"), say("col median", { level: data.levels.fan }), say("probability of"), say("difference", { base: tr(base.name) })]
      .map((w) => el("th", { scope: "col" }, w)))), el("tbody", {}, ...lines)));
}

// --- drawing ---

function ticks(low, high, wanted) {
  const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(k * step);
  return { found, digits };
}

const PRINT_WIDTH = 640;
let printing = false;
const widthOf = (part) => (printing ? PRINT_WIDTH : Math.max(260, Math.min(760, part.clientWidth || 560)));
const line = (points) => "M" + points.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1)).join("L");

function frame(width, height, label, attributes = {}) {
  return el("svg:svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": label, ...attributes });
}

function label(x, y, anchor, words, name = "tick") {
  return el("svg:text", { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: name }, words);
}

function drawCurve() {
  const r = row(), goal = goalOf(r), span = range(r), part = at("curve"), unit = tr(goal.unit);
  const width = widthOf(part), height = 190, left = 40, right = width - 12, top = 22, bottom = height - 34;
  const shown = valueOf(r) * span.factor;
  const low = Math.min(span.min, shown), high = Math.max(span.max, shown);
  const x = (v) => left + (right - left) * (v - low) / (high - low || 1), y = (p) => bottom - (bottom - top) * p;
  const points = [];
  for (let k = 0; k <= 240; k += 1) { const v = low + (high - low) * k / 240; points.push([x(v), y(chance(r, v / span.factor))]); }
  const text = (v) => withUnit(number(v, span.digits), unit);
  const ends = [low, high].map((v) => percent(chance(r, v / span.factor)));
  const svg = frame(width, height, say("curve label", { low: text(low), high: text(high), first: ends[0], last: ends[1] }), { id: "curve-chart" });
  for (const p of [0, 0.25, 0.5, 0.75, 1]) svg.append(el("svg:path", { class: "grid", d: line([[left, y(p)], [right, y(p)]]) }), label(left - 5, y(p) + 4, "end", 100 * p + "%"));
  const marks = ticks(low, high, width / 90);
  for (const v of marks.found) svg.append(label(x(v), bottom + 15, "middle", number(v, marks.digits)));
  if (unit) svg.append(label(right, bottom + 29, "end", unit));
  if (r.basis === "" && r.band[0] !== null) {
    const [a, m, b] = r.band.map((v) => Math.min(right, Math.max(left, x(v * span.factor))));
    svg.append(el("svg:rect", { class: "inner", x: a.toFixed(1), y: top, width: Math.max(1, b - a).toFixed(1), height: bottom - top }),
      el("svg:path", { class: "middle", d: line([[m, top], [m, bottom]]) }), label((a + b) / 2, top - 7, "middle", say("band", { level: data.levels.fan })));
  }
  svg.append(el("svg:path", { class: "curve", d: line(points) }));
  const own = x(goal.value * span.factor);
  svg.append(el("svg:path", { class: "own", d: line([[own, top], [own, bottom]]) }), diamond(own, y(r.p), 5.5));
  if (!planned()) svg.append(el("svg:path", { class: "moved", d: line([[x(shown), bottom], [x(shown), y(chanceNow(r))], [left, y(chanceNow(r))]]) }),
    el("svg:circle", { class: "handle", cx: x(shown).toFixed(1), cy: y(chanceNow(r)).toFixed(1), r: 5.5 }));
  const drag = (event) => {
    const box = svg.getBoundingClientRect();
    const v = low + (high - low) * ((event.clientX - box.left) / box.width * width - left) / (right - left);
    const slider = at("slider");
    slider.value = Math.min(span.max, Math.max(span.min, v));
    slider.dispatchEvent(new Event("input"));
  };
  svg.addEventListener("pointerdown", (event) => { drag(event); part.dataset.held = "yes"; });
  const keys = el("ul", { class: "legend" }, key("diamond", say("plan's goal")), planned() ? null : key("circle", say("moved goal")));
  part.replaceChildren(el("h4", {}, say("curve title")), svg, keys);
  part.onpointermove = (event) => { if (part.dataset.held && event.buttons) drag(event); };
  part.onpointerup = part.onpointerleave = () => { delete part.dataset.held; };
}

function diamond(x, y, size) {
  return el("svg:path", { class: "diamond", d: line([[x - size, y], [x, y - size], [x + size, y], [x, y + size]]) + "Z" });
}

function key(shape, words) {
  const box = el("svg:svg", { viewBox: "0 0 24 14", "aria-hidden": "true" });
  const shapes = {
    diamond: () => [el("svg:path", { class: "own", d: "M0 7L24 7" }), diamond(12, 7, 5)],
    circle: () => [el("svg:circle", { class: "handle", cx: 12, cy: 7, r: 5 })],
    solid: () => [el("svg:circle", { class: "known", cx: 12, cy: 7, r: 4 })],
    hollow: () => [el("svg:circle", { class: "guess", cx: 12, cy: 7, r: 4 })],
    median: () => [el("svg:path", { class: "curve", d: "M0 7L24 7" })],
    past: () => [el("svg:rect", { class: "past", x: 0, y: 1, width: 24, height: 12 })],
  };
  const band = /^band(\d)$/.exec(shape);
  const parts = band ? data.levels.bands.slice(0, Number(band[1]) + 1).map(([, , strength]) => el("svg:rect", { class: "band", "fill-opacity": strength, x: 0, y: 1, width: 24, height: 12 })) : shapes[shape]();
  box.append(...parts);
  return el("li", {}, box, el("span", {}, words));
}

function drawFanPart() {
  const part = at("fan-part"), fans = scenario().fans;
  if (!fans.length) { part.replaceChildren(); return; }
  const pick = el("select", { id: "series" });
  if (state.fan === null) pick.append(el("option", { value: "" }, say("dash")));
  fans.forEach((f, k) => pick.append(el("option", { value: k }, tr(f.name))));
  pick.value = state.fan === null ? "" : String(state.fan);
  pick.addEventListener("change", () => {
    state.fan = pick.value === "" ? null : Number(pick.value);
    state.year = null;
    drawFanPart();
    at("series").focus();
  });
  part.replaceChildren(el("h3", {}, say("fan")),
    el("label", { class: "pick" }, el("span", {}, say("series")), pick), el("div", { id: "fan" }));
  part.classList.toggle("empty", state.fan === null);
  drawFan();
}

function drawFan() {
  const part = at("fan");
  if (!part) return;
  if (state.fan === null) { part.replaceChildren(el("p", { class: "aside" }, say("no fan"))); return; }
  const fan = scenario().fans[state.fan], factor = tr(fan.scale), s = scenario();
  const years = fan.years, q = fan.quantiles.map((line) => line.map((v) => (v === null ? null : v * factor)));
  const middle = q[fan.levels.indexOf(0.5)];
  const lastYear = fan.goal_years.length ? fan.goal_years[fan.goal_years.length - 1] : years[years.length - 1];
  if (state.year === null) state.year = Math.max(0, years.includes(lastYear) ? years.indexOf(lastYear) : years.length - 1);
  const own = fan.row === null ? null : s.rows[fan.row], goal = own ? goalOf(own) : null;
  const target = goal ? goal.value * factor : null;
  const moved = goal && fan.row === state.row && !planned() ? state.value * factor : null;
  // the axis
  const seen = [].concat(...q).filter((v) => v !== null);
  for (const point of fan.history) seen.push(point.value * factor, ...(point.ends || []).map((v) => v * factor));
  let low = Math.min(...seen), high = Math.max(...seen);
  if (!seen.length) { low = 0; high = 1; }
  const reach = data.levels.reach * (high - low || Math.abs(high) || 1);
  for (const v of [target, moved]) if (v !== null && v >= low - reach && v <= high + reach) { low = Math.min(low, v); high = Math.max(high, v); }
  const room = 0.06 * (high - low) || 0.05 * Math.abs(high) || 1;
  low = low >= 0 && low - room < 0.25 * high ? 0 : low - room;
  high += room;
  const width = widthOf(part), height = Math.round(Math.min(330, Math.max(250, width * 0.55)));
  const marks = ticks(low, high, 5), wide = Math.max(...marks.found.map((v) => number(v, marks.digits).length));
  const left = 14 + 7.2 * wide, right = width - 12, top = 40, bottom = height - 24;
  const first = years[0] - 0.35, last = years[years.length - 1] + 0.35;
  const x = (year) => left + (right - left) * (year - first) / (last - first), y = (v) => bottom - (bottom - top) * (v - low) / (high - low);
  const name = say("fan label", { name: tr(fan.name), first: String(years[0]), last: String(years[years.length - 1]) });
  const svg = frame(width, height, name, { id: "fan-chart", tabindex: 0, "aria-describedby": "readout" });
  for (const v of marks.found) svg.append(el("svg:path", { class: "grid", d: line([[left, y(v)], [right, y(v)]]) }), label(left - 6, y(v) + 4, "end", number(v, marks.digits)));
  const every = Math.ceil(years.length * 34 / (right - left));
  years.forEach((year, k) => { if ((years.length - 1 - k) % every === 0) svg.append(label(x(year), bottom + 16, "middle", String(year))); });
  svg.append(label(0, 13, "start", tr(fan.unit) || say("count axis"), "tick unit"));
  // the bands, split at the as-of line
  const edge = Math.min(last, Math.max(first, s.as_of));
  const split = (row, future) => {
    const found = [];
    years.forEach((year, k) => {
      if (row[k] === null) return;
      const next = k + 1 < years.length && row[k + 1] !== null;
      if (future ? year >= edge : year <= edge) found.push([year, row[k]]);
      if (next && year < edge && years[k + 1] > edge) found.push([edge, row[k] + (row[k + 1] - row[k]) * (edge - year) / (years[k + 1] - year)]);
    });
    return found.map(([year, v]) => [x(year), y(v)]);
  };
  const area = (lower, upper, future) => {
    const a = split(lower, future), b = split(upper, future).reverse();
    return a.length > 1 ? line([...a, ...b]) + "Z" : "";
  };
  for (const [from, to, strength] of data.levels.bands) {
    const lower = q[fan.levels.indexOf(from)], upper = q[fan.levels.indexOf(to)];
    if (from === 0.1) svg.append(el("svg:path", { class: "past", d: area(lower, upper, false) }));
    svg.append(el("svg:path", { class: "band", "fill-opacity": strength, d: area(lower, upper, true) }));
  }
  for (const future of [false, true]) { const points = split(middle, future); if (points.length > 1) svg.append(el("svg:path", { class: future ? "curve" : "hindsight", d: line(points) })); }
  if (edge > first && edge < last) svg.append(el("svg:path", { class: "edge", d: line([[x(edge), top - 6], [x(edge), bottom]]) }),
    label(x(edge) - 5, 30, "end", say("history side")), label(x(edge) + 5, 30, "start", say("forecast side")));
  // the goal
  const mark = (v, kind) => {
    if (v < low || v > high) {
      const end = v > high ? top + 8 : bottom - 8, tip = v > high ? -7 : 7;
      for (const year of fan.goal_years) svg.append(el("svg:path", { class: "diamond", d: line([[x(year) - 6, end], [x(year), end + tip], [x(year) + 6, end]]) + "Z" }));
      return;
    }
    svg.append(el("svg:path", { class: kind, d: line([[left, y(v)], [right, y(v)]]) }));
    for (const year of fan.goal_years) if (year > first && year < last) svg.append(kind === "own" ? diamond(x(year), y(v), 6) : el("svg:circle", { class: "handle", cx: x(year).toFixed(1), cy: y(v).toFixed(1), r: 5 }));
  };
  if (target !== null) mark(target, "own");
  if (moved !== null) mark(moved, "moved");
  for (const point of fan.history) {
    const px = x(point.year).toFixed(1);
    if (point.ends) svg.append(el("svg:path", { class: "whisker", d: line(point.ends.map((v) => [x(point.year), y(v * factor)])) }));
    svg.append(el("svg:circle", { class: point.documented ? "known" : "guess", cx: px, cy: y(point.value * factor).toFixed(1), r: 4 }));
  }
  const cross = el("svg:path", { class: "cross", d: line([[x(years[state.year]), top], [x(years[state.year]), bottom]]) });
  svg.append(cross);
  const readout = el("div", { id: "readout", role: "status" });
  const show = (k) => {
    state.year = Math.min(years.length - 1, Math.max(0, k));
    cross.setAttribute("d", line([[x(years[state.year]), top], [x(years[state.year]), bottom]]));
    drawReadout(readout, fan, q);
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    show(Math.round(first + (last - first) * ((event.clientX - box.left) / box.width * width - left) / (right - left)) - years[0]);
  });
  svg.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: state.year - 1, ArrowRight: state.year + 1, Home: 0, End: years.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  const keys = el("ul", { class: "legend" }, key("median", say("median")), ...data.levels.bands.map(([, , , words], k) => key("band" + k, say("band", { level: words }))).reverse());
  if (edge > first) keys.append(key("past", say("hindsight", { level: data.levels.fan })));
  if (fan.history.some((p) => p.documented)) keys.append(key("solid", say("documented")));
  if (fan.history.some((p) => !p.documented)) keys.append(key("hollow", say("estimated")));
  if (goal) keys.append(key("diamond", say("plan's goal")));
  if (moved !== null) keys.append(key("circle", say("moved goal")));
  part.replaceChildren(svg, readout, keys);
  if (!fan.history.length) keys.append(el("li", {}, say("no history")));
  show(state.year);
}

function drawReadout(readout, fan, q) {
  const k = state.year, digits = tr(fan.digits), unit = tr(fan.unit);
  const heads = fan.levels.map((level) => el("th", { scope: "col" }, number(100 * level, 0) + "%"));
  const cells = fan.levels.map((_, j) => el("td", {}, q[j][k] === null ? say("dash") : number(q[j][k], digits)));
  const points = fan.history.filter((p) => p.year === fan.years[k]);
  readout.replaceChildren(
    el("p", {}, el("b", {}, String(fan.years[k])), say("colon"), say("quantiles"), unit ? say("paren", { text: unit }) : "",
      ...points.map((p) => el("span", { class: "point" }, say("history point", { value: tr(p.text), quality: tr(p.quality) + say("comma") + p.source })))),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, el("tr", {}, ...cells))));
}

// --- the whole page ---

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
  at("question").textContent = (data.scenarios.length < 2 ? tr(scenario().name) + say("colon") : "") + tr(scenario().question);
  at("answer").textContent = tr(scenario().answer);
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
  const id = goalOf(row()).id, value = state.value, fan = state.fan === null ? null : scenario().fans[state.fan].id;
  state.scenario = k;
  const same = scenario().rows.findIndex((r) => goalOf(r).id === id);
  choose(Math.max(0, same), false);
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
  const again = () => { if (row() && row().judged) drawCurve(); drawFan(); };
  const folded = [at("about"), at("answer-box")];
  let width = 0;
  new ResizeObserver(() => { if (at("card").clientWidth !== width && !printing) { width = at("card").clientWidth; if (scenario().rows.length) again(); } }).observe(at("card"));
  window.addEventListener("beforeprint", () => { printing = true; for (const d of folded) { d.dataset.was = d.open ? "open" : ""; d.open = true; } if (scenario().rows.length) again(); });
  window.addEventListener("afterprint", () => { printing = false; for (const d of folded) d.open = d.dataset.was === "open"; if (scenario().rows.length) again(); });
}

const judged = scenario().rows.findIndex((r) => r.judged);
if (scenario().rows.length) choose(Math.max(0, judged), false);
at("answer-box").open = !window.matchMedia("(max-width: 40rem)").matches;
listen();
drawAll();
