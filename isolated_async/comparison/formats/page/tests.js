// The table of tests. What the data looks like: rows.py.
"use strict";

const ROWS_AT_ONCE = 100;
const GLYPHS_IN_A_ROW = 6;
const LONG_NAME = 160;
// The letters are those of rows.py, the glyphs those of charts.py; g is what passes without having run.
const OUTCOMES = {
  g: ["passed, not run", "○", "not-run"],
  p: ["passed", "✓"], f: ["failed", "✕"], e: ["error", "!"], s: ["skipped", "–"], x: ["xfailed", "×"], y: ["xpassed", "✓"],
};
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const tests = data.tests.map(read);
const chosen = { kind: "", text: "", outcome: "", sort: "kind", down: false };
// Sorted once for all filters: with ten thousand tests, that is most of the time.
const inOrder = [...tests];
let found = tests;
let shown = 0;

function read([file, name, kind, sides, pairs, unreal = 0], place) {
  const [told, path] = [data.files[file]].flat();
  const isGreen = data.kinds[kind][0] === "green";
  const read = sides.map(([turns, ms, why], at) => ({
    turns: isGreen && !at ? turns.replaceAll("p", "g") : turns, ms, why: why ? data.whys[why - 1] : "",
  }));
  const added = read.slice(1).map((side) => (side.ms === null || read[0].ms === null ? -Infinity : side.ms - read[0].ms));
  return {
    place, kind, pairs, file: told, name, sides: read,
    id: name ? `${told}::${name}` : told,
    node: unreal < 0 || path === "" ? "" : idOf(path ?? told, name, unreal),
    own: unreal < 0 || path === "" ? "" : idOf(told, name, unreal),
    small: `${told}::${name}`.toLowerCase(),
    turns: read.map((side) => side.turns).join(""),
    time: read[0].ms ?? -Infinity,
    added: Math.max(...added),
  };
}

function idOf(file, name, unreal) {
  const id = name ? `${file}::${name}` : file;
  return unreal ? id.slice(0, -unreal) : id;
}

// ---------------------------------------------------------------- elements

function make(tag, options = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

function forReaders(text) {
  return make("span", { class: "hidden" }, text);
}

// ---------------------------------------------------------------- outcomes

function ends(turns) {
  return [...turns.matchAll(/([a-z])(\d+)/g)].map(([, letter, number]) => [letter, Number(number)]);
}

function counts(turns) {
  const all = {};
  for (const [letter, number] of ends(turns)) all[letter] = (all[letter] ?? 0) + number;
  return Object.entries(all).sort((one, other) => other[1] - one[1]);
}

function describe(turns) {
  const total = counts(turns).reduce((sum, [, number]) => sum + number, 0);
  return counts(turns).map(([letter, number]) => `${OUTCOMES[letter][0]} ${number} of ${total}`).join(", ") || "never ended";
}

function styleOf(letter) {
  return OUTCOMES[letter][2] ?? OUTCOMES[letter][0];
}

function outcomeCell(side) {
  const cell = make("td");
  const all = counts(side.turns);
  if (!all.length) {
    cell.append(make("span", { class: "none" }, "never ended"));
    return cell;
  }
  const total = all.reduce((sum, [, number]) => sum + number, 0);
  const glyphs = make("span", { class: "glyphs", "aria-hidden": "true" });
  for (const [letter, number] of total <= GLYPHS_IN_A_ROW ? ends(side.turns) : all.map(([letter]) => [letter, 1])) {
    glyphs.append(make("span", { class: styleOf(letter) }, OUTCOMES[letter][1].repeat(number)));
  }
  const words = all.map(([letter, number]) => (all.length > 1 ? `${number} ${OUTCOMES[letter][0]}` : OUTCOMES[letter][0]));
  cell.append(glyphs, make("span", { class: "end", "aria-hidden": "true" }, words.join(", ")), forReaders(describe(side.turns)));
  return cell;
}

// ---------------------------------------------------------------- numbers

function time(ms) {
  if (!Number.isFinite(ms) || ms === null) return "–";
  return Math.abs(ms) >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(Math.abs(ms) >= 100 ? 0 : 1)} ms`;
}

function signed(ms) {
  return Number.isFinite(ms) ? `${ms < 0 ? "−" : "+"}${time(Math.abs(ms))}` : "–";
}

// ---------------------------------------------------------------- rows

function row(test) {
  const open = make("button", { type: "button", class: "open", "aria-expanded": "false", "data-place": test.place });
  if (test.id.length > LONG_NAME) open.classList.add("long");
  open.append(make("span", { class: "file" }, test.file), forReaders("::"), make("span", { class: "name" }, test.name || test.file));
  open.append(make("span", { class: "narrow", "aria-hidden": "true" }, data.kinds[test.kind][1]));
  const kind = make("td", { class: "kind" }, data.kinds[test.kind][1]);
  return make(
    "tr", { class: data.kinds[test.kind][0] === "same" ? "same" : "found" },
    make("th", { scope: "row" }, open), kind, ...test.sides.map(outcomeCell),
    make("td", { class: "number" }, time(test.time)), make("td", { class: "number" }, signed(test.added)),
  );
}

function detail(test) {
  const list = make("dl");
  test.sides.forEach((side, at) => {
    const said = make("dd", {}, `${describe(side.turns)}${side.ms === null ? "" : `, ${time(side.ms)}`}`);
    const [kind, number] = (at && test.pairs?.[at - 1]) || [];
    // What is green without having run is known to be, and where a test never ended there is nothing to count.
    const isDoubtful = number !== undefined && !["same", "green"].includes(data.kinds[kind][0]);
    const chance = isDoubtful && test.sides[0].turns && side.turns ? data.chances[number] : null;
    if (chance) said.append(` – ${chance[1]} (p = ${chance[0].toPrecision(2)})`);
    if (side.why) said.append(make("code", {}, side.why));
    list.append(make("dt", {}, data.sides[at].spoken), said);
  });
  const kind = make("p", { class: "note" }, `It ${data.kinds[test.kind][2]}.`);
  const cell = make("td", { colspan: 4 + test.sides.length }, kind, list);
  if (test.node) cell.append(commands(test));
  return make("tr", { class: "detail" }, cell);
}

function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function wordsOf(command) {
  return command.split(" ").flatMap((word, at) => [at ? " " : "", make("span", {}, word)]);
}

function commands(test) {
  const list = make("ul", { class: "commands" });
  const add = (what, command) => {
    const copy = make("button", { type: "button", class: "copy" }, "Copy", forReaders(` the command: ${what}`));
    list.append(make("li", {}, make("span", { class: "what" }, what), make("code", {}, ...wordsOf(command)), copy));
  };
  for (const side of data.sides) add(`Alone, ${side.spoken}`, side.around.join(quoted(test.node)));
  const [kind] = data.kinds[test.kind];
  if (kind === "cured" || kind === "flaky") add("What makes it fail", data.diagnosis.join(quoted(test.own)));
  return list;
}

function more() {
  const rows = found.slice(shown, shown + ROWS_AT_ONCE).map(row);
  $("rows").append(...rows);
  shown += rows.length;
  tell();
  return rows[0];
}

function tell() {
  const of = found.length === tests.length ? "" : ` of ${tests.length.toLocaleString("en")}`;
  const part = shown < found.length ? `, the first ${shown.toLocaleString("en")} are shown` : "";
  $("number").textContent = `${found.length.toLocaleString("en")}${of} tests${part}`;
  $("more").hidden = shown >= found.length;
}

// ---------------------------------------------------------------- filter and sort

const COMPARE = {
  kind: (one, other) => one.kind - other.kind,
  name: (one, other) => (one.small < other.small ? -1 : one.small > other.small ? 1 : 0),
  time: (one, other) => one.time - other.time || 0,
  added: (one, other) => one.added - other.added || 0,
};

function update() {
  const kind = data.kinds.findIndex(([name]) => name === chosen.kind);
  const text = chosen.text.toLowerCase();
  found = inOrder.filter(
    (test) => (kind < 0 || test.kind === kind) && test.turns.includes(chosen.outcome) && test.small.includes(text),
  );
  $("rows").replaceChildren();
  shown = 0;
  more();
  for (const button of document.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", button.dataset.kind === chosen.kind);
  for (const button of document.querySelectorAll("[data-sort]")) {
    const head = button.closest("th");
    if (button.dataset.sort === chosen.sort) head.setAttribute("aria-sort", chosen.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  $("meaning").hidden = kind < 0;
  $("meaning").textContent = kind < 0 ? "" : `Each of these ${data.kinds[kind][2]}.`;
}

function sortBy(key) {
  // What takes most time is wanted first.
  chosen.down = chosen.sort === key ? !chosen.down : key === "time" || key === "added";
  chosen.sort = key;
  sort();
  update();
}

function sort() {
  const way = chosen.down ? -1 : 1;
  inOrder.sort((one, other) => way * COMPARE[chosen.sort](one, other) || one.place - other.place);
}

function toggle(open) {
  const after = open.closest("tr");
  const isOpen = open.getAttribute("aria-expanded") === "true";
  open.setAttribute("aria-expanded", !isOpen);
  if (isOpen) after.nextElementSibling.remove();
  else after.after(detail(tests[open.dataset.place]));
}

function setUpTable() {
  const there = new Set(tests.flatMap((test) => [...test.turns.replace(/\d/g, "")]));
  for (const [letter, [word, glyph]] of Object.entries(OUTCOMES)) {
    if (!there.has(letter)) continue;
    $("outcome").append(make("option", { value: letter }, `${glyph} ${word}`));
    $("legend").append(make("li", {}, make("span", { class: `glyphs ${styleOf(letter)}`, "aria-hidden": "true" }, `${glyph} `), word));
  }
  $("text").addEventListener("input", (event) => { chosen.text = event.target.value; update(); });
  $("outcome").addEventListener("change", (event) => { chosen.outcome = event.target.value; update(); });
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  sort();
  $("more").addEventListener("click", () => more()?.querySelector("button").focus());
  update();
}
