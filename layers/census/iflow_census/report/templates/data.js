// The rows of the page, and how their values are written.
const data = JSON.parse(document.getElementById("data").textContent);
const rowCount = data.rows;
const expand = ({ distinct, positions }) => positions.map((position) => distinct[position]);
const decompress = (column) => Array.isArray(column) ? column : expand(column);
const columns = Object.fromEntries(data.columns.map((column) => [column.name, column]));
const values = Object.fromEntries(data.columns.map((column) => [column.name, decompress(column.values)]));
const names = Object.keys(columns);
const failing = new Set(data.failing);
const isCount = (name) => columns[name].kind === "count";
const isTimestamp = (name) => columns[name].kind === "timestamp";

const DASH = "–";
const WORDS = { EDITED: "edited", NOT_EDITED: "not edited", UNKNOWN: "unknown", USED: "used", UNUSED: "unused", NOT_DEPLOYED: "not deployed" };

const byId = (id) => document.getElementById(id);
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
const draw = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
const quiet = (text) => make("span", { className: "quiet" }, text);
const text = (value) => value === null ? quiet(DASH) : make("bdi", { className: "text" }, value);
const tag = (word, kind) => make("span", { className: `tag ${kind}` }, word);

// The name that is shown and sorted by; an iFlow without a name has its id.
const displayNames = values.iflow_name.map((name, row) => name ?? values.iflow_id[row]);

// The rows as report.csv has them: RFC 4180 with the byte order mark that Excel needs, and an
// apostrophe before what a spreadsheet would treat as a formula.
const FORMULA = /^[=+\-@\t\r]/;
const listCell = (list) => list.join(list.some((entry) => entry.includes(" ")) ? "; " : " ");
const csvCell = (value) => {
  const plain = value === null ? "" : Array.isArray(value) ? listCell(value) : String(value);
  const safe = FORMULA.test(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
const csvOf = (rows) => {
  const lines = [names, ...rows.map((row) => names.map((name) => values[name][row]))];
  return `\ufeff${lines.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("")}`;
};
const download = (rows) => {
  const url = URL.createObjectURL(new Blob([csvOf(rows)], { type: "text/csv;charset=utf-8" }));
  make("a", { href: url, download: data.file }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};
