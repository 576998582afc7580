/*
 * Renders blocks of the extension with a Liquid engine, with as much of Shopify's own manners as they touch: its filters
 * `t` (escapes, as Shopify's does for keys that do not end in _html) and `date` with a format by name.  Reads cases from
 * standard input as JSON, prints what each came to.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Liquid } from "liquidjs";

const folder = process.argv[2];

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[sign]);
}

function engineFor(played) {
  const engine = new Liquid({ root: [join(folder, "snippets")], extname: ".liquid", strictFilters: true, strictVariables: false, jsTruthy: false });
  const file = played.locale === "en" ? "en.default.json" : `${played.locale}.json`;
  const texts = JSON.parse(readFileSync(join(folder, "locales", file), "utf8"));

  for (const name of ["schema", "doc"]) {
    engine.registerTag(name, {
      parse(token, rest) {
        while (rest.length) {
          const next = rest.shift();
          if (next.name === `end${name}`) { return; }
        }
        throw new Error(`${name} is not closed`);
      },
      render() { return ""; },
    });
  }

  engine.registerFilter("t", (key, ...values) => {
    const text = key.split(".").reduce((held, part) => (held === undefined ? held : held[part]), texts);
    if (typeof text !== "string") { throw new Error(`there is no text ${key}`); }
    const named = Object.fromEntries(values);
    return escaped(text).replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => {
      if (!(name in named)) { throw new Error(`${key} is not given ${name}`); }
      return escaped(named[name]);
    });
  });

  engine.registerFilter("date", (value, format) => {
    if (value === undefined || value === null || value === "") { return ""; }
    const day = new Date(value === "now" ? `${played.today}T12:00:00Z` : `${value}T00:00:00Z`);
    if (Array.isArray(format)) {
      return new Intl.DateTimeFormat(played.locale, { dateStyle: "long", timeZone: "UTC" }).format(day);
    }
    const [year, month, number] = day.toISOString().slice(0, 10).split("-");
    const parts = { "%Y": year, "%m": month, "%d": number, "%-d": String(Number(number)), "%H": "12", "%M": "00", "%S": "00", "%z": "+0000" };
    return format.replace(/%-?[A-Za-z]/g, (one) => {
      if (!(one in parts)) { throw new Error(`date has no ${one}`); }
      return parts[one];
    });
  });
  return engine;
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const out = [];
for (const played of cases) {
  const engine = engineFor(played);
  const source = readFileSync(join(folder, "blocks", `${played.block}.liquid`), "utf8");
  out.push(await engine.parseAndRender(source, played.context, { globals: { ...played.context } }));
}
process.stdout.write(JSON.stringify(out));
