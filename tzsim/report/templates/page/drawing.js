// What both charts are drawn with.

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
