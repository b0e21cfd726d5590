"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const many = data.rows;
  const columns = {};
  const about = {};
  for (const column of data.columns) {
    const { name, values } = column;
    about[name] = column;
    columns[name] = Array.isArray(values) ? values : values.at.map((place) => values.of[place]);
  }
  const names = Object.keys(about);
  const isCount = (name) => about[name].kind === "count";
  const isMoment = (name) => about[name].kind === "moment";

  const SHOWN = ["iflow_name", "package_name", "tenant", "edit_status", "runtime_status", "iflow_version",
    "messages", "messages_failed", "modified_at", "deployed_at"];
  const SEARCHED = names.filter((name) => about[name].searchable);
  const CHUNK = 50;
  const FOLLOWING = 500;
  const PRINTED = 2000;
  const DASH = "–";
  const WORDS = { EDITED: "edited", NOT_EDITED: "not edited", UNKNOWN: "not known", USED: "used", UNUSED: "unused" };

  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  const body = byId("rows");
  const heads = byId("heads");
  const more = byId("more");
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
  const day = (moment) => moment.slice(0, 10);

  // What a row is called and sorted by: without a name, its id.
  const called = columns.iflow_name.map((name, row) => name ?? columns.iflow_id[row]);
  const failing = (row) => columns.messages_failed[row] > 0 || columns.runtime_status[row] === "ERROR";

  let haystacks = null;
  const haystack = (row) => {
    haystacks ??= Array.from({ length: many }, (_, place) =>
      SEARCHED.map((name) => columns[name][place] ?? "").join("\n").toLowerCase());
    return haystacks[row];
  };

  // The order of each column is worked out once; a filter then goes through it.
  const orders = new Map();
  const order = (name) => {
    if (!orders.has(name)) orders.set(name, sorted(name));
    return orders.get(name);
  };
  const sorted = (name) => {
    const values = name === "iflow_name" ? called : columns[name];
    const known = [];
    const unknown = [];
    for (let row = 0; row < many; row += 1) {
      const value = values[row];
      (value === null || (Array.isArray(value) && !value.length) ? unknown : known).push(row);
    }
    const ranks = ranked(values, known);
    known.sort((one, other) => ranks[one] - ranks[other] || one - other);
    return { known, unknown };
  };
  const ranked = (values, known) => {
    const key = (row) => Array.isArray(values[row]) ? values[row].join(" ") : values[row];
    if (known.length && typeof key(known[0]) !== "string") return known.reduce((all, row) => { all[row] = Number(key(row)); return all; }, []);
    const different = [...new Set(known.map(key))];
    if (different.every((one) => /^\d{4}-\d\d-\d\dT/.test(one))) different.sort(); else different.sort(collator.compare);
    const rank = new Map(different.map((value, place) => [value, place]));
    return known.reduce((all, row) => { all[row] = rank.get(key(row)); return all; }, []);
  };

  const tests = (state) => {
    const found = [];
    const words = (state.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) found.push((row) => words.every((word) => haystack(row).includes(word)));
    const equal = (name, value) => { if (value) found.push((row) => columns[name][row] === value); };
    equal("tenant", state.tenant);
    equal("package_id", state.package);
    equal("edit_status", state.edited);
    equal("usage", state.usage);
    if (state.deployed) found.push((row) => columns.deployed[row] === (state.deployed === "yes"));
    if (state.orphan) found.push((row) => columns.orphan[row]);
    if (state.drift) found.push((row) => columns.version_drift[row] === true);
    if (state.failing) found.push(failing);
    if (state.changed) found.push((row) => row in data.changes);
    return found;
  };

  let matching = [];
  let shown = 0;

  const current = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

  const apply = () => {
    const state = current();
    const conditions = tests(state);
    const meets = (row) => conditions.every((condition) => condition(row));
    const { known, unknown } = state.sort ? order(state.sort) : { known: [...Array(many).keys()], unknown: [] };
    matching = known.filter(meets);
    if (state.desc) matching.reverse();
    matching = matching.concat(unknown.filter(meets));
    byId("count").textContent = matching.length === many
      ? `${number.format(many)} iFlows` : `${number.format(matching.length)} of ${number.format(many)} iFlows`;
    for (const head of heads.children) {
      if (head.dataset.column === state.sort) head.setAttribute("aria-sort", state.desc ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    body.replaceChildren();
    shown = 0;
    show(CHUNK);
  };

  const show = (count) => {
    const part = document.createDocumentFragment();
    const upTo = Math.min(matching.length, shown + count);
    for (; shown < upTo; shown += 1) part.append(line(matching[shown]));
    body.append(part);
    const left = matching.length - shown;
    more.hidden = left === 0;
    more.textContent = `Show ${number.format(Math.min(CHUNK, left))} more of ${number.format(left)}`;
    if (!matching.length) body.append(make("tr", {}, make("td", { colSpan: SHOWN.length, className: "quiet" }, "No iFlow matches.")));
  };

  const CELLS = {
    iflow_name: (row, cell) => {
      const open = make("button", { type: "button", className: "open", "aria-expanded": "false" }, text(called[row]));
      open.dataset.row = row;
      cell.append(open);
      if (called[row] !== columns.iflow_id[row]) cell.append(make("small", { className: "id" }, text(columns.iflow_id[row])));
    },
    package_name: (row, cell) => cell.append(text(columns.package_name[row] ?? columns.package_id[row])),
    edit_status: (row, cell) => {
      const status = columns.edit_status[row];
      cell.append(status === "EDITED" ? tag("edited", "warn") : quiet(WORDS[status]));
    },
    runtime_status: (row, cell) => {
      if (!columns.deployed[row]) { cell.append(quiet("not deployed")); return; }
      const status = columns.runtime_status[row];
      const kind = status === "ERROR" ? "bad" : status === "STARTED" ? "good" : "";
      cell.append(tag((status ?? "deployed").toLowerCase(), kind));
      if (columns.version_drift[row]) cell.append(" ", tag("drift", "warn"));
      if (columns.orphan[row]) cell.append(" ", tag("orphan", "warn"));
    },
    messages: (row, cell) => {
      const count = columns.messages[row];
      cell.append(count === null ? quiet(DASH) : number.format(count));
      if (columns.usage[row] === "UNUSED") cell.append(" ", tag("unused", "warn"));
    },
    messages_failed: (row, cell) => {
      const count = columns.messages_failed[row];
      cell.append(count === null ? quiet(DASH) : count ? tag(number.format(count), "bad") : "0");
    },
  };

  const line = (row) => {
    const made = make("tr");
    for (const name of SHOWN) {
      const cell = make("td");
      if (isCount(name)) cell.className = "count";
      if (CELLS[name]) CELLS[name](row, cell);
      else if (isMoment(name)) cell.append(columns[name][row] === null ? quiet(DASH) : day(columns[name][row]));
      else cell.append(text(columns[name][row]));
      made.append(cell);
    }
    return made;
  };

  const value = (name, row) => {
    const found = columns[name][row];
    if (found === null) return quiet(name === "runtime_error" ? "none" : "not known");
    if (Array.isArray(found)) {
      return found.length ? make("span", {}, ...found.map((one) => make("bdi", { className: "text address" }, one))) : quiet("none");
    }
    if (typeof found === "boolean") return found ? "yes" : "no";
    if (typeof found === "number") return number.format(found);
    if (isMoment(name)) return `${found.replace("T", " ").replace("Z", "")} UTC`;
    if (about[name].kind === "status") return WORDS[found];
    return text(found);
  };

  const details = (row) => {
    const list = make("dl");
    const add = (label, long, ...content) =>
      list.append(make("div", { className: long ? "long" : "" }, make("dt", {}, label), make("dd", {}, ...content)));
    for (const name of names) add(about[name].label, about[name].fullWidth, value(name, row));
    if (row in data.unused) add("Unused since", false, data.unused[row]);
    if (row in data.changes) add("Changed since the report before", true, text(data.changes[row].join("; ")));
    const made = make("tr", { className: "all", id: `all-${row}` });
    made.append(make("td", { colSpan: SHOWN.length }, list));
    return made;
  };

  const toggle = (open) => {
    const after = open.closest("tr");
    const row = Number(open.dataset.row);
    const expand = open.getAttribute("aria-expanded") === "false";
    open.setAttribute("aria-expanded", String(expand));
    if (expand) {
      after.after(details(row));
      open.setAttribute("aria-controls", `all-${row}`);
    } else {
      after.nextElementSibling.remove();
      open.removeAttribute("aria-controls");
    }
  };

  // The fragment holds the view: "#tenant=prod&usage=UNUSED&sort=messages&desc=yes".
  let written = null;
  const write = () => {
    const fragment = new URLSearchParams(current()).toString();
    written = fragment ? `#${fragment}` : "#";
    try { history.replaceState(null, "", fragment ? `#${fragment}` : location.pathname + location.search); } catch { /* a viewer without addresses */ }
  };
  const read = () => {
    if (location.hash !== "" && !location.hash.includes("=")) return false;
    const state = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      if (!field.name) continue;
      const given = state.get(field.name) ?? "";
      if (field.type === "checkbox") field.checked = given === "yes";
      else if (field.tagName !== "SELECT" || [...field.options].some((option) => option.value === given)) field.value = given;
      else field.value = "";
    }
    return location.hash !== "";
  };
  const jump = (behavior) => {
    byId("iflows").scrollIntoView({ behavior });
    byId("iflows").focus({ preventScroll: true });
  };

  const fill = (field, options) => field.append(...options.map(([given, label]) => make("option", { value: given }, label)));
  const distinct = (name, label = name) => {
    const found = new Map();
    columns[name].forEach((given, row) => { if (given !== null && !found.has(given)) found.set(given, columns[label][row] ?? given); });
    return [...found].sort((one, other) => collator.compare(one[1], other[1]));
  };
  const short = (label) => label.length > 80 ? `${label.slice(0, 79)}…` : label;

  fill(fields.tenant, distinct("tenant"));
  fill(fields.package, distinct("package_id", "package_name").map(([given, label]) => [given, short(label)]));
  fill(fields.sort, [["", "Order of the report"], ...names.map((name) => [name, about[name].label])]);
  for (const name of SHOWN) {
    const head = make("th", { scope: "col" }, make("button", { type: "button" }, about[name].label));
    head.dataset.column = name;
    if (isCount(name)) head.className = "count";
    heads.append(head);
  }

  const update = () => { apply(); write(); };
  let waiting = 0;
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(update);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(update));
  heads.addEventListener("click", (event) => {
    const name = event.target.closest("th")?.dataset.column;
    if (!event.target.closest("button") || !name) return;
    // The first click sorts counts and dates from the top: that is what one looks for.
    const down = isCount(name) || isMoment(name);
    fields.desc.checked = fields.sort.value === name ? !fields.desc.checked : down;
    fields.sort.value = name;
    update();
  });
  body.addEventListener("click", (event) => {
    const open = event.target.closest(".open");
    if (open) toggle(open);
  });
  more.addEventListener("click", () => {
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
    if (location.hash !== written && read()) { apply(); jump("auto"); }
  });
  document.querySelector("nav").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    // Going to a section must not cost the view that stands in the address.
    event.preventDefault();
    const section = document.querySelector(link.getAttribute("href"));
    section.scrollIntoView();
    section.setAttribute("tabindex", "-1");
    section.focus({ preventScroll: true });
  });
  addEventListener("beforeprint", () => {
    if (shown < PRINTED) show(PRINTED - shown);
    const note = byId("print-note");
    note.hidden = shown >= matching.length;
    note.textContent = `The first ${number.format(shown)} of ${number.format(matching.length)} iFlows are printed.`;
  });
  // Rows follow the one who scrolls, up to a point: what stands below has to stay in reach.
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && !more.hidden && shown < FOLLOWING) show(CHUNK);
  }, { rootMargin: "600px" }).observe(more);

  const asked = read();
  apply();
  // What a search looks through is put together before somebody types.
  setTimeout(() => many && haystack(0), 50);
  if (asked) jump("instant");
})();
