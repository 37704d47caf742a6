/** Writes docs/api from the doc comments of the package's public entries, and removes pages of entries that are gone. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pagesOf } from "./api-docs/pages.ts";
import { readEntries } from "./api-docs/read-entries.ts";

const folder = fileURLToPath(new URL("../docs/api/", import.meta.url));
const entries = readEntries();
const pages = pagesOf(entries);
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder)) {
  if (!pages.some(({ file }) => file === name)) rmSync(`${folder}${name}`);
}
for (const { file, text } of pages) writeFileSync(`${folder}${file}`, text);
const names = entries.flatMap(({ exported }) => exported);
const bare = names.filter(({ comment }) => comment === "").length;
console.log(`docs/api: ${pages.length} pages, ${names.length} names, ${bare} of them without a doc comment`);
