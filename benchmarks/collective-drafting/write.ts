import { readFileSync, writeFileSync } from "node:fs";

const page = new URL("../../docs/collective.md", import.meta.url).pathname;

/** Puts a text between the marks of this name in docs/collective.md. */
export function writeBetween(name: "demo" | "drafting", text: string): void {
  const [begin, end] = [`<!-- begin measured: ${name} -->`, `<!-- end measured: ${name} -->`];
  const all = readFileSync(page, "utf8");
  const [from, to] = [all.indexOf(begin), all.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`);
  writeFileSync(page, `${all.slice(0, from + begin.length)}\n${text}\n${all.slice(to)}`);
}
