// The curve from a goal's value to its probability.

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
