// All columns of an iFlow, in a row of their own below it.
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

// A bar per month, up to the highest; a month that is not known has a gap.
const sparkline = (months) => {
  const known = months.map(({ count }) => count).filter((count) => count !== null);
  const highest = Math.max(0, ...known);
  const described = months.map(({ month, count }) => `${month}: ${count === null ? "unknown" : number.format(count)}`);
  const bars = months.map(({ count }, position) => {
    const height = count === null ? 3 : Math.max(count && 1, 30 * count / (highest || 1), 0.4);
    return draw("g", {}, draw("title", {}, described[position]),
      draw("rect", { class: "hover", x: 10 * position, y: 0, width: 10, height: 32 }),
      draw("rect", { class: count === null ? "gap" : "bar", x: 10 * position + 1, y: 32 - height, width: 8, height }));
  });
  const label = `Messages by month. ${described.join(", ")}`;
  return make("div", { className: "sparkline" },
    draw("svg", { class: "columns", viewBox: `0 0 ${10 * months.length} 32`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...bars),
    make("p", { className: "axis" }, make("span", {}, months[0].month), make("span", {}, `highest: ${known.length ? number.format(highest) : "unknown"}`), make("span", {}, months.at(-1).month)));
};
const earlierMonths = data.history.map(({ month, messages }) => ({ month, messages: decompress(messages) }));
const monthsOf = (row) => [
  ...earlierMonths.map(({ month, messages }) => ({ month, count: messages[row] })),
  { month: data.month, count: values.messages[row] },
];

// The pages of the iFlow in the tenant's web UI; the addresses have encoded placeholders.
const pagesOf = (row) => {
  const [design, messages] = data.pages[values.tenant[row]] ?? [];
  if (!messages) return [];
  const encode = (id) => encodeURIComponent(id.toWellFormed?.() ?? id);
  const fill = (address, iflow) => address
    .replace("%7Bpackage%7D", () => encode(values.package_id[row]))
    .replace("%7Biflow%7D", () => encode(iflow));
  const id = values.iflow_id[row];
  const link = (href, label) => make("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
  return [
    ...(values.package_id[row] === null ? [] : [link(fill(design, id), "design"), ", "]),
    link(fill(messages, JSON.stringify(id).slice(1, -1)), "messages"),
  ];
};

const details = (row, columnCount) => {
  const list = make("dl");
  const add = (label, fullWidth, ...content) =>
    list.append(make("div", { className: fullWidth ? "long" : "" }, make("dt", {}, label), make("dd", {}, ...content)));
  const pages = pagesOf(row);
  if (pages.length) add("Open in SAP", true, ...pages);
  if (earlierMonths.length) add("Messages by month", true, sparkline(monthsOf(row)));
  for (const name of names) add(columns[name].label, columns[name].fullWidth, formatted(name, row));
  if (row in data.unused) add("Unused since", false, data.unused[row]);
  if (row in data.changes) add("Changes since the previous report", true, text(data.changes[row].join("; ")));
  const tr = make("tr", { className: "all", id: `all-${row}` });
  tr.append(make("td", { colSpan: columnCount }, list));
  return tr;
};
