// The table of iFlows: which rows match, in which order, and the part of them that is shown.
const SHOWN = ["iflow_name", "package_name", "tenant", "edit_status", "runtime_status", "iflow_version",
  "messages", "messages_failed", "modified_at", "deployed_at"];
const SEARCHED = names.filter((name) => columns[name].searchable);
const CHUNK = 50;
const MAX_SCROLLED = 500;
const MAX_PRINTED = 2000;

const body = byId("rows");
const headers = byId("headers");
const showMore = byId("more");
const day = (timestamp) => timestamp.slice(0, 10);

let searchTexts = null;
const searchText = (row) => {
  searchTexts ??= Array.from({ length: rowCount }, (_, position) =>
    SEARCHED.map((name) => values[name][position] ?? "").join("\n").toLowerCase());
  return searchTexts[row];
};

// Each column is sorted once; filters keep the order.
const sortedRows = new Map();
const rowsSortedBy = (name) => {
  if (!sortedRows.has(name)) sortedRows.set(name, sortRows(name));
  return sortedRows.get(name);
};
const rankOfTenant = new Map(data.tenants.map((tenant, rank) => [tenant, rank]));
const reportOrder = [...Array(rowCount).keys()].sort((left, right) =>
  rankOfTenant.get(values.tenant[left]) - rankOfTenant.get(values.tenant[right]) || left - right);
const sortRows = (name) => {
  const column = name === "iflow_name" ? displayNames : values[name];
  const unknown = [];
  const rowsOfValue = new Map();
  for (let row = 0; row < rowCount; row += 1) {
    const value = Array.isArray(column[row]) ? column[row].join(" ") : column[row];
    const rows = rowsOfValue.get(value);
    if (value === null || value === "") unknown.push(row);
    else if (rows) rows.push(row);
    else rowsOfValue.set(value, [row]);
  }
  return { known: sortValues([...rowsOfValue.keys()]).flatMap((value) => rowsOfValue.get(value)), unknown };
};
// Texts are compared by code units, which is several times as fast as a collator: without case and
// accents, and with leading zeros before numbers.
const DIGITS = 16;
const sortKey = (value) => value.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "")
  .replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));
const sortValues = (distinct) => {
  if (typeof distinct[0] !== "string") return distinct.sort((left, right) => left - right);
  return distinct.map((value) => [sortKey(value), value])
    .sort(([left], [right]) => left < right ? -1 : Number(left > right))
    .map(([, value]) => value);
};

// The names of the systems that an iFlow connects: by rules, in its model, or as documented.
const systemsOf = (row) => ["systems", "senders", "receivers", "sender", "receiver"].flatMap((name) => values[name][row] ?? []);

const decisionFilters = {
  any: (row) => values.decision[row] !== null,
  none: (row) => values.decision[row] === null,
  overdue: (row) => values.decision_overdue[row] === true,
  ...Object.fromEntries(["keep", "retire", "watch"].map((decision) => [decision, (row) => values.decision[row] === decision])),
};
const conditionsOf = (state) => {
  const conditions = [];
  const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) conditions.push((row) => words.every((word) => searchText(row).includes(word)));
  const equal = (name, value) => { if (value) conditions.push((row) => values[name][row] === value); };
  equal("tenant", state.tenant);
  equal("package_id", state.package);
  if (state.system) conditions.push((row) => systemsOf(row).includes(state.system));
  equal("edit_status", state.edited);
  equal("usage", state.usage);
  const decision = decisionFilters[state.decision];
  if (decision) conditions.push(decision);
  if (state.deployed) conditions.push((row) => values.deployed[row] === (state.deployed === "yes"));
  if (state.orphan) conditions.push((row) => values.orphan[row]);
  if (state.drift) conditions.push((row) => values.version_drift[row] === true);
  if (state.failing) conditions.push((row) => failing.has(row));
  if (state.changed) conditions.push((row) => row in data.changes);
  return conditions;
};

let matching = [];
let shown = 0;

// Show the rows that match the filters, in their order.
const filterRows = (state) => {
  const conditions = conditionsOf(state);
  const meetsAll = (row) => conditions.every((condition) => condition(row));
  const { known, unknown } = state.sort ? rowsSortedBy(state.sort) : { known: reportOrder, unknown: [] };
  matching = known.filter(meetsAll);
  if (state.desc) matching.reverse();
  matching = matching.concat(unknown.filter(meetsAll));
  byId("count").textContent = matching.length === rowCount
    ? `${number.format(rowCount)} iFlows` : `${number.format(matching.length)} of ${number.format(rowCount)} iFlows`;
  for (const header of headers.children) {
    if (header.dataset.column === state.sort) header.setAttribute("aria-sort", state.desc ? "descending" : "ascending");
    else header.removeAttribute("aria-sort");
  }
  body.replaceChildren();
  shown = 0;
  show(CHUNK);
};

const show = (count) => {
  const fragment = document.createDocumentFragment();
  const end = Math.min(matching.length, shown + count);
  for (; shown < end; shown += 1) fragment.append(tableRow(matching[shown]));
  body.append(fragment);
  const remaining = matching.length - shown;
  showMore.hidden = remaining === 0;
  showMore.textContent = `Show ${number.format(Math.min(CHUNK, remaining))} more of ${number.format(remaining)}`;
  if (!matching.length) body.append(make("tr", {}, make("td", { colSpan: SHOWN.length, className: "quiet" }, "No matching iFlows.")));
};

// "retire by 2026-11 (Purchasing)", marked if it is overdue.
const decisionNote = (row) => {
  const due = values.decision_due[row] === null ? "" : ` by ${values.decision_due[row]}`;
  const owner = values.owner[row];
  return make("small", { className: "id" }, tag(`${values.decision[row]}${due}`, values.decision_overdue[row] ? "bad" : ""),
    ...(owner === null ? [] : [" ", text(owner)]));
};

const CELLS = {
  iflow_name: (row, cell) => {
    const button = make("button", { type: "button", className: "open", "aria-expanded": "false" }, text(displayNames[row]));
    button.dataset.row = row;
    cell.append(button);
    if (displayNames[row] !== values.iflow_id[row]) cell.append(make("small", { className: "id" }, text(values.iflow_id[row])));
    if (values.decision[row] !== null) cell.append(decisionNote(row));
  },
  package_name: (row, cell) => cell.append(text(values.package_name[row] ?? values.package_id[row])),
  edit_status: (row, cell) => {
    const status = values.edit_status[row];
    cell.append(status === "EDITED" ? tag("edited", "warn") : quiet(WORDS[status]));
  },
  runtime_status: (row, cell) => {
    if (!values.deployed[row]) { cell.append(quiet(values.deployed[row] === null ? "unknown" : "not deployed")); return; }
    const status = values.runtime_status[row];
    const kind = status === "ERROR" ? "bad" : status === "STARTED" ? "good" : "";
    cell.append(tag((status ?? "deployed").toLowerCase(), kind));
    if (values.version_drift[row]) cell.append(" ", tag("drift", "warn"));
    if (values.orphan[row]) cell.append(" ", tag("orphan", "warn"));
  },
  messages: (row, cell) => {
    const count = values.messages[row];
    cell.append(count === null ? quiet(DASH) : number.format(count));
    if (values.usage[row] === "UNUSED") cell.append(" ", tag("unused", "warn"));
  },
  messages_failed: (row, cell) => {
    const count = values.messages_failed[row];
    cell.append(count === null ? quiet(DASH) : count && failing.has(row) ? tag(number.format(count), "bad") : number.format(count));
  },
};

const tableRow = (row) => {
  const tr = make("tr");
  for (const name of SHOWN) {
    const cell = make("td");
    cell.dataset.label = columns[name].label;
    if (isCount(name)) cell.className = "count";
    if (isTimestamp(name)) cell.className = "date";
    if (CELLS[name]) CELLS[name](row, cell);
    else if (isTimestamp(name)) cell.append(values[name][row] === null ? quiet(DASH) : day(values[name][row]));
    else cell.append(text(values[name][row]));
    tr.append(cell);
  }
  return tr;
};

const toggleDetails = (button) => {
  const tr = button.closest("tr");
  const row = Number(button.dataset.row);
  const opening = button.getAttribute("aria-expanded") === "false";
  button.setAttribute("aria-expanded", String(opening));
  if (opening) {
    tr.after(details(row, SHOWN.length));
    button.setAttribute("aria-controls", `all-${row}`);
  } else {
    tr.nextElementSibling.remove();
    button.removeAttribute("aria-controls");
  }
};

// The shown columns are sorted while nothing else happens, so that the first click need not wait.
const sortAhead = ([name, ...others]) => {
  rowsSortedBy(name);
  if (others.length) requestIdleCallback(() => sortAhead(others));
};
if ("requestIdleCallback" in window) requestIdleCallback(() => sortAhead(SHOWN));

headers.replaceChildren(...SHOWN.map((name) => {
  const header = make("th", { scope: "col" }, make("button", { type: "button" }, columns[name].label));
  header.dataset.column = name;
  if (isCount(name)) header.className = "count";
  return header;
}));
body.addEventListener("click", (event) => {
  const button = event.target.closest(".open");
  if (button) toggleDetails(button);
});
showMore.addEventListener("click", () => {
  const next = shown;
  show(CHUNK);
  body.querySelector(`[data-row="${matching[next]}"]`)?.focus();
});
// Scrolling loads more rows, up to a limit, so that the end of the page stays within reach.
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting) && !showMore.hidden && shown < MAX_SCROLLED) show(CHUNK);
}, { rootMargin: "600px" }).observe(showMore);
addEventListener("beforeprint", () => {
  if (!byId("print-all").checked) return;
  if (shown < MAX_PRINTED) show(MAX_PRINTED - shown);
  const note = byId("print-note");
  note.hidden = shown >= matching.length;
  note.textContent = `Only the first ${number.format(shown)} of ${number.format(matching.length)} iFlows are printed.`;
});
