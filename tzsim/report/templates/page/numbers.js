// Numbers as `tzsim.report.numerals` writes them.

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
