// The fan chart of a series with its history, and the quantiles of the year pointed at.

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
  const left = 14 + 7.2 * wide, right = width - 12, top = 40, bottom = height - (s.clock.calendar ? 24 : 40);
  const span = years[years.length - 1] - years[0], calendar = s.clock.calendar, margin = calendar ? 0.35 : 0.01 * span || 0.5;
  const first = years[0] - margin, last = years[years.length - 1] + margin;
  const x = (year) => left + (right - left) * (year - first) / (last - first), y = (v) => bottom - (bottom - top) * (v - low) / (high - low);
  const name = say("fan label", { name: tr(fan.name), first: when(years[0]), last: when(years[years.length - 1]) });
  const svg = frame(width, height, name, { id: "fan-chart", tabindex: 0, "aria-describedby": "readout" });
  for (const v of marks.found) svg.append(el("svg:path", { class: "grid", d: line([[left, y(v)], [right, y(v)]]) }), label(left - 6, y(v) + 4, "end", number(v, marks.digits)));
  if (calendar) {
    const every = Math.ceil(years.length * 34 / (right - left));
    years.forEach((year, k) => { if ((years.length - 1 - k) % every === 0) svg.append(label(x(year), bottom + 16, "middle", String(year))); });
  } else {
    const times = ticks(years[0], years[years.length - 1], Math.floor((right - left) / 60));
    for (const t of times.found) svg.append(label(x(t), bottom + 16, "middle", number(t, times.digits)));
    svg.append(label(right, bottom + 32, "end", tr(s.clock.axis)));
  }
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
    const there = first + (last - first) * ((event.clientX - box.left) / box.width * width - left) / (right - left);
    show(years.reduce((best, year, k) => (Math.abs(year - there) < Math.abs(years[best] - there) ? k : best), 0));
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
  const near = scenario().clock.calendar || k + 1 >= fan.years.length ? 0 : (fan.years[k + 1] - fan.years[k]) / 2;
  const points = fan.history.filter((p) => Math.abs(p.year - fan.years[k]) <= near);
  readout.replaceChildren(
    el("p", {}, el("b", {}, when(fan.years[k])), say("colon"), say("quantiles"), unit ? say("paren", { text: unit }) : "",
      ...points.map((p) => el("span", { class: "point" }, say("history point", { value: tr(p.text), quality: tr(p.quality) + say("comma") + p.source })))),
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, el("tr", {}, ...cells))));
}
