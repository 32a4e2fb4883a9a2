// The card of one goal: its facts, what a moved goal would be worth, the scenarios side by side.

function drawCard() {
  const r = row(), card = at("card");
  if (!r) { card.replaceChildren(); return; }
  const goal = goalOf(r);
  const facts = el("dl", { class: "short" }), texts = el("dl");
  const fact = (key, ...children) => facts.append(el("div", {}, el("dt", {}, key), el("dd", {}, ...children)));
  const long = (key, text) => texts.append(el("div", { class: "long" }, el("dt", {}, key), el("dd", {}, text)));
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
    long(say("col moves"), tr(r.moves));
    for (const [lead, text] of tr(r.more)) long(lead, text);
    if (r.yearly.length) long(say("yearly"), r.yearly.map(([year, p]) => when(year) + say("colon") + p).join(say("semicolon")));
  } else {
    fact(say("col status"), tr(r.verdict));
    if (tr(r.reason)) long(say("col reason"), tr(r.reason));
  }
  long(say("documented figure"), tr(goal.documented) || say("dash"));
  if (tr(goal.reading)) long(say("reading"), tr(goal.reading));
  if (tr(goal.note)) long(say("col note"), tr(goal.note));
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
  card.append(el("div", { id: "fan-part" }), texts);
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
  const basis = { "": "", hardest: say("every year"), last: say("last year", { year: r.yearly.length ? when(r.yearly[r.yearly.length - 1][0]) : "" }) }[r.basis];
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
