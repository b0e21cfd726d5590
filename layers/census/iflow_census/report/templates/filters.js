// The filters are in the URL's fragment, "#tenant=prod&usage=UNUSED&sort=messages&desc=yes", and
// nowhere else: form and table always show what it says, so Back and Forward work.
const form = byId("filters");
const fields = form.elements;

const fragmentOf = (state) => new URLSearchParams(Object.entries(state).filter(([, value]) => value !== "")).toString();
const formState = () => Object.fromEntries(new FormData(form));

// Fill in the form from a fragment; values that it does not offer are left out.
const fillIn = (fragment) => {
  const state = new URLSearchParams(fragment.includes("=") ? fragment : "");
  for (const field of fields) {
    if (!field.name) continue;
    const value = state.get(field.name) ?? "";
    if (field.type === "checkbox") field.checked = value === "yes";
    else if (field.tagName === "SELECT") field.value = [...field.options].some((option) => option.value === value) ? value : "";
    else if (field.value !== value) field.value = value;
  }
};
const showFragment = (fragment) => {
  fillIn(fragment);
  filterRows(formState());
};

let typing = false;
// Go to other filters. A word that is typed is one entry of the history, not one per letter.
const goTo = (fragment, { typed = false } = {}) => {
  const address = fragment ? `#${fragment}` : location.pathname + location.search;
  const change = typed && typing ? "replaceState" : "pushState";
  typing = typed;
  if (fragment !== location.hash.slice(1)) {
    try { history[change](null, "", address); } catch { /* some viewers have no URL */ }
  }
  showFragment(fragment);
};

const scrollToSection = (section) => {
  section.scrollIntoView();
  section.setAttribute("tabindex", "-1");
  section.focus({ preventScroll: true });
};

const addOptions = (field, options) => field.append(...options.map(([value, label]) => make("option", { value }, label)));
const distinctOptions = (name, label = name) => {
  const options = new Map();
  values[name].forEach((value, row) => { if (value !== null && !options.has(value)) options.set(value, values[label][row] ?? value); });
  return [...options].sort((left, right) => collator.compare(left[1], right[1]));
};
const truncated = (label) => label.length > 80 ? `${label.slice(0, 79)}…` : label;

addOptions(fields.tenant, distinctOptions("tenant"));
addOptions(fields.package, distinctOptions("package_id", "package_name").map(([value, label]) => [value, truncated(label)]));
addOptions(fields.system, [...new Set(values.tenant.flatMap((_, row) => systemsOf(row)))].sort(collator.compare).map((value) => [value, truncated(value)]));
fields.system.closest("label").hidden = fields.system.options.length === 1;
addOptions(fields.sort, [["", "Report order"], ...names.map((name) => [name, columns[name].label])]);

let frame = 0;
form.addEventListener("input", (event) => {
  const typed = event.target === fields.q;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => goTo(fragmentOf(formState()), { typed }));
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  goTo("");
});
headers.addEventListener("click", (event) => {
  const name = event.target.closest("th")?.dataset.column;
  if (!event.target.closest("button") || !name) return;
  // The first click sorts counts and dates in descending order.
  const state = formState();
  const descending = state.sort === name ? !state.desc : isCount(name) || isTimestamp(name);
  goTo(fragmentOf({ ...state, sort: name, desc: descending ? "yes" : "" }));
});
byId("download").addEventListener("click", () => download(matching));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, select, textarea")) {
    event.preventDefault();
    fields.q.focus();
  }
});
// Links to iFlows are filters; links to sections leave the filters as they are.
document.addEventListener("click", (event) => {
  const target = event.target.closest("a")?.getAttribute("href");
  if (!target?.startsWith("#") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (target.includes("=")) goTo(target.slice(1));
  scrollToSection(target.includes("=") ? byId("iflows") : document.querySelector(target));
});
addEventListener("hashchange", () => {
  typing = false;
  showFragment(location.hash.slice(1));
});

showFragment(location.hash.slice(1));
// Prepare what takes longest before the user needs it: the search, and the order of the names.
setTimeout(() => {
  if (rowCount) searchText(0);
  rowsSortedBy("iflow_name");
}, 50);
if (location.hash.includes("=")) byId("iflows").scrollIntoView({ behavior: "instant" });
