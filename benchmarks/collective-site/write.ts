import { readFileSync, writeFileSync } from "node:fs";

const page = new URL("../../docs/collective.md", import.meta.url).pathname;
const [begin, end] = ["<!-- begin measured: benchmarks/collective-site.ts -->", "<!-- end measured: site -->"];

/** Puts a table between the marks of docs/collective.md. */
export function writeMeasured(table: string): void {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`);
}
