import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeOutput } from "../../storage/index.ts";
import { fileOf, type Shared } from "../shared/index.ts";
import { searchedTexts } from "./collect.ts";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** The same for any web host: the pages' own files, and a file an answer, read when it is asked for. */
export function writeSharedFolder(pages: string, shared: Shared, out: string): void {
  cpSync(join(pages, "assets"), join(out, "assets"), { recursive: true });
  const index = readFileSync(join(pages, "index.html"), "utf8");
  const head = `<head>\n<meta http-equiv="content-security-policy" content="${policy}" /><meta name="precept-folder" content="data/" />`;
  writeOutput(join(out, "index.html"), index.replace("<head>", head));
  const write = (name: string, value: unknown): void => {
    const path = join(out, "data", name);
    mkdirSync(dirname(path), { recursive: true });
    writeOutput(path, JSON.stringify(value));
  };
  for (const [address, answer] of Object.entries(shared.answers)) write(fileOf(address, "answer"), answer);
  for (const [address, list] of Object.entries(shared.lists)) {
    write(fileOf(address, "list"), { list, texts: searchedTexts(shared, address) });
  }
}
