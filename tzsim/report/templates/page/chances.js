// The probability of any goal, from the quantiles of the members.

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
