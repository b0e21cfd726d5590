"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const rowCount = data.rows;
  const columns = {};
  const values = {};
  for (const column of data.columns) {
    columns[column.name] = column;
    const { distinct, positions } = column.values;
    values[column.name] = distinct ? positions.map((position) => distinct[position]) : column.values;
  }
  const names = Object.keys(columns);
  const isCount = (name) => columns[name].kind === "count";
  const isTimestamp = (name) => columns[name].kind === "timestamp";

  const SHOWN = ["iflow_name", "package_name", "tenant", "edit_status", "runtime_status", "iflow_version",
    "messages", "messages_failed", "modified_at", "deployed_at"];
  const SEARCHED = names.filter((name) => columns[name].searchable);
  const CHUNK = 50;
  const MAX_SCROLLED = 500;
  const MAX_PRINTED = 2000;
  const DASH = "–";
  const WORDS = { EDITED: "edited", NOT_EDITED: "not edited", UNKNOWN: "unknown", USED: "used", UNUSED: "unused", NOT_DEPLOYED: "not deployed" };

  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const body = byId("rows");
  const headers = byId("headers");
  const showMore = byId("more");
  const fields = form.elements;
  const number = new Intl.NumberFormat("en");
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const make = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (name in node) node[name] = value; else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };
  const quiet = (text) => make("span", { className: "quiet" }, text);
  const text = (value) => value === null ? quiet(DASH) : make("bdi", { className: "text" }, value);
  const tag = (word, kind) => make("span", { className: `tag ${kind}` }, word);
  const day = (timestamp) => timestamp.slice(0, 10);

  // The name that is shown and sorted by; an iFlow without a name has its id.
  const displayNames = values.iflow_name.map((name, row) => name ?? values.iflow_id[row]);
  const failing = (row) => values.messages_failed[row] > 0 || values.runtime_status[row] === "ERROR";

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
  const sortRows = (name) => {
    const column = name === "iflow_name" ? displayNames : values[name];
    const known = [];
    const unknown = [];
    for (let row = 0; row < rowCount; row += 1) {
      const value = column[row];
      (value === null || (Array.isArray(value) && !value.length) ? unknown : known).push(row);
    }
    const ranks = rankRows(column, known);
    known.sort((left, right) => ranks[left] - ranks[right] || left - right);
    return { known, unknown };
  };
  const rankRows = (column, known) => {
    const key = (row) => Array.isArray(column[row]) ? column[row].join(" ") : column[row];
    const ranks = [];
    if (known.length && typeof key(known[0]) !== "string") {
      for (const row of known) ranks[row] = Number(key(row));
      return ranks;
    }
    const keys = [...new Set(known.map(key))];
    if (keys.every((value) => /^\d{4}-\d\d-\d\dT/.test(value))) keys.sort(); else keys.sort(collator.compare);
    const rankOfKey = new Map(keys.map((value, rank) => [value, rank]));
    for (const row of known) ranks[row] = rankOfKey.get(key(row));
    return ranks;
  };

  const conditionsOf = (state) => {
    const conditions = [];
    const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) conditions.push((row) => words.every((word) => searchText(row).includes(word)));
    const equal = (name, value) => { if (value) conditions.push((row) => values[name][row] === value); };
    equal("tenant", state.tenant);
    equal("package_id", state.package);
    equal("edit_status", state.edited);
    equal("usage", state.usage);
    if (state.deployed) conditions.push((row) => values.deployed[row] === (state.deployed === "yes"));
    if (state.orphan) conditions.push((row) => values.orphan[row]);
    if (state.drift) conditions.push((row) => values.version_drift[row] === true);
    if (state.failing) conditions.push(failing);
    if (state.changed) conditions.push((row) => row in data.changes);
    return conditions;
  };

  let matching = [];
  let shown = 0;

  const currentState = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

  const apply = () => {
    const state = currentState();
    const conditions = conditionsOf(state);
    const meetsAll = (row) => conditions.every((condition) => condition(row));
    const { known, unknown } = state.sort ? rowsSortedBy(state.sort) : { known: [...Array(rowCount).keys()], unknown: [] };
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

  const CELLS = {
    iflow_name: (row, cell) => {
      const button = make("button", { type: "button", className: "open", "aria-expanded": "false" }, text(displayNames[row]));
      button.dataset.row = row;
      cell.append(button);
      if (displayNames[row] !== values.iflow_id[row]) cell.append(make("small", { className: "id" }, text(values.iflow_id[row])));
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
      cell.append(count === null ? quiet(DASH) : count ? tag(number.format(count), "bad") : "0");
    },
  };

  const tableRow = (row) => {
    const tr = make("tr");
    for (const name of SHOWN) {
      const cell = make("td");
      if (isCount(name)) cell.className = "count";
      if (isTimestamp(name)) cell.className = "date";
      if (CELLS[name]) CELLS[name](row, cell);
      else if (isTimestamp(name)) cell.append(values[name][row] === null ? quiet(DASH) : day(values[name][row]));
      else cell.append(text(values[name][row]));
      tr.append(cell);
    }
    return tr;
  };

  const formatted = (name, row) => {
    const value = values[name][row];
    if (value === null) return quiet(name === "runtime_error" ? "none" : "unknown");
    if (Array.isArray(value)) {
      return value.length ? make("span", {}, ...value.map((url) => make("bdi", { className: "text address" }, url))) : quiet("none");
    }
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "number") return number.format(value);
    if (isTimestamp(name)) return `${value.replace("T", " ").replace("Z", "")} UTC`;
    if (columns[name].kind === "status") return WORDS[value];
    return text(value);
  };

  const details = (row) => {
    const list = make("dl");
    const add = (label, fullWidth, ...content) =>
      list.append(make("div", { className: fullWidth ? "long" : "" }, make("dt", {}, label), make("dd", {}, ...content)));
    for (const name of names) add(columns[name].label, columns[name].fullWidth, formatted(name, row));
    if (row in data.unused) add("Unused since", false, data.unused[row]);
    if (row in data.changes) add("Changes since the previous report", true, text(data.changes[row].join("; ")));
    const tr = make("tr", { className: "all", id: `all-${row}` });
    tr.append(make("td", { colSpan: SHOWN.length }, list));
    return tr;
  };

  const toggleDetails = (button) => {
    const tr = button.closest("tr");
    const row = Number(button.dataset.row);
    const expand = button.getAttribute("aria-expanded") === "false";
    button.setAttribute("aria-expanded", String(expand));
    if (expand) {
      tr.after(details(row));
      button.setAttribute("aria-controls", `all-${row}`);
    } else {
      tr.nextElementSibling.remove();
      button.removeAttribute("aria-controls");
    }
  };

  // The URL fragment contains the filters: "#tenant=prod&usage=UNUSED&sort=messages&desc=yes".
  let lastFragment = null;
  const writeFragment = () => {
    const fragment = new URLSearchParams(currentState()).toString();
    lastFragment = fragment ? `#${fragment}` : "#";
    try { history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search); } catch { /* some viewers have no URL */ }
  };
  const readFragment = () => {
    if (location.hash !== "" && !location.hash.includes("=")) return false;
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      if (!field.name) continue;
      const value = state.get(field.name) ?? "";
      if (field.type === "checkbox") field.checked = value === "yes";
      else if (field.tagName !== "SELECT" || [...field.options].some((option) => option.value === value)) field.value = value;
      else field.value = "";
    }
    return location.hash !== "";
  };
  const scrollToTable = (behavior) => {
    byId("iflows").scrollIntoView({ behavior });
    byId("iflows").focus({ preventScroll: true });
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
  addOptions(fields.sort, [["", "Report order"], ...names.map((name) => [name, columns[name].label])]);
  for (const name of SHOWN) {
    const header = make("th", { scope: "col" }, make("button", { type: "button" }, columns[name].label));
    header.dataset.column = name;
    if (isCount(name)) header.className = "count";
    headers.append(header);
  }

  const update = () => { apply(); writeFragment(); };
  let frame = 0;
  form.addEventListener("input", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(update);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  headers.addEventListener("click", (event) => {
    const name = event.target.closest("th")?.dataset.column;
    if (!event.target.closest("button") || !name) return;
    // The first click sorts counts and dates in descending order.
    const descending = isCount(name) || isTimestamp(name);
    fields.desc.checked = fields.sort.value === name ? !fields.desc.checked : descending;
    fields.sort.value = name;
    update();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest(".open");
    if (button) toggleDetails(button);
  });
  showMore.addEventListener("click", () => {
    const next = shown;
    show(CHUNK);
    body.querySelector(`[data-row="${matching[next]}"]`)?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      fields.q.focus();
    }
  });
  addEventListener("hashchange", () => {
    if (location.hash !== lastFragment && readFragment()) { apply(); scrollToTable("auto"); }
  });
  document.querySelector("nav").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    // Following a link to a section must not remove the filters from the URL.
    event.preventDefault();
    const section = document.querySelector(link.getAttribute("href"));
    section.scrollIntoView();
    section.setAttribute("tabindex", "-1");
    section.focus({ preventScroll: true });
  });
  addEventListener("beforeprint", () => {
    if (shown < MAX_PRINTED) show(MAX_PRINTED - shown);
    const note = byId("print-note");
    note.hidden = shown >= matching.length;
    note.textContent = `Only the first ${number.format(shown)} of ${number.format(matching.length)} iFlows are printed.`;
  });
  // Scrolling loads more rows, up to a limit, so that the end of the page stays within reach.
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !showMore.hidden && shown < MAX_SCROLLED) show(CHUNK);
  }, { rootMargin: "600px" }).observe(showMore);

  const filtered = readFragment();
  apply();
  // Prepare the search before the user types.
  setTimeout(() => rowCount && searchText(0), 50);
  if (filtered) scrollToTable("instant");
})();
