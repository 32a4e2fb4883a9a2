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

// a year or time in words; some sentences have another form where the clock is no calendar
const when = (label) => tr(scenario().clock.around).join(String(label));

function say(key, values = {}) {
  return tr((!scenario().clock.calendar && data.words[key + ", times"]) || data.words[key]).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function el(tag, attributes = {}, ...children) {
  const made = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter((c) => c !== null && c !== ""));
  return made;
}
