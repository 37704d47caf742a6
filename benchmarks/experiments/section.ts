import { existsSync, readFileSync, writeFileSync } from "node:fs";

const marks = (name: string): readonly [string, string] => [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];

/** Replaces one experiment's section of a document, or appends it. */
export function writeSection(name: string, body: string, document = "docs/experiments.md"): void {
  const text = existsSync(document) ? readFileSync(document, "utf8") : "# Experiments\n";
  const [begin, end] = marks(name);
  const section = `${begin}\n${body}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  writeFileSync(
    document,
    from < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length),
  );
  console.error(`${document}: ${name}`);
}
