// What is said of a mark in a chart, copying, the theme, and what listens to the reader. Stands behind tests.js.

// ---------------------------------------------------------------- copying

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page that was opened as a file has no clipboard in every browser.
    const field = make("textarea", { readonly: "", "aria-hidden": "true", class: "hidden" });
    field.value = text;
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

async function copyFrom(button) {
  const code = button.parentElement.querySelector("code");
  const copied = await copy(code.textContent);
  if (!copied) getSelection().selectAllChildren(code);
  button.focus();
  const [word] = button.childNodes;
  word.textContent = copied ? "Copied" : "Selected";
  $("said").textContent = copied ? "Copied" : "Not copied: the command is selected";
  setTimeout(() => { word.textContent = "Copy"; $("said").textContent = ""; }, 2000);
}

// ---------------------------------------------------------------- charts

function marksOf(drawing) {
  return [...drawing.querySelectorAll('[role="graphics-symbol"][aria-label]')];
}

function showTip(mark) {
  const box = mark.getBoundingClientRect();
  const tip = $("tip");
  tip.textContent = mark.getAttribute("aria-label");
  tip.hidden = false;
  const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
  const above = box.top - tip.offsetHeight - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
}

function goTo(mark) {
  for (const other of marksOf(mark.closest("svg"))) other.setAttribute("tabindex", "-1");
  mark.setAttribute("tabindex", "0");
  mark.focus();
}

function step(event) {
  const mark = event.target.closest?.('[role="graphics-symbol"]');
  if (!mark) return;
  const marks = marksOf(mark.closest("svg"));
  const at = marks.indexOf(mark);
  const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: marks.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  goTo(marks[Math.min(Math.max(0, next), marks.length - 1)]);
}

function setUpChart(chart) {
  for (const drawing of chart.querySelectorAll("svg")) {
    marksOf(drawing).forEach((mark, at) => mark.setAttribute("tabindex", at ? "-1" : "0"));
  }
  for (const kind of ["pointerover", "focusin"]) {
    chart.addEventListener(kind, (event) => {
      const mark = event.target.closest('[role="graphics-symbol"][aria-label]');
      if (mark) showTip(mark);
    });
  }
  for (const kind of ["pointerout", "focusout"]) chart.addEventListener(kind, () => { $("tip").hidden = true; });
  chart.addEventListener("keydown", step);
}

// ---------------------------------------------------------------- theme

const system = matchMedia("(prefers-color-scheme: dark)");

function showTheme() {
  const is = document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light");
  $("theme").setAttribute("aria-pressed", is === "dark");
  return is;
}

function setUpTheme() {
  try {
    const kept = localStorage.getItem("isolated-async-theme");
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch { /* Nothing can be kept here. */ }
  system.addEventListener("change", showTheme);
  $("theme").addEventListener("click", () => {
    const other = showTheme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = other;
    try { localStorage.setItem("isolated-async-theme", other); } catch { /* As above. */ }
    showTheme();
  });
  showTheme();
}

// ---------------------------------------------------------------- all together

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".open")) toggle(button);
  else if (button.matches(".copy")) copyFrom(button);
  else if ("sort" in button.dataset) sortBy(button.dataset.sort);
  else if ("kind" in button.dataset) { chosen.kind = button.dataset.kind; update(); }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") $("tip").hidden = true; });
setUpTheme();
setUpTable();
document.querySelectorAll(".chart").forEach(setUpChart);
