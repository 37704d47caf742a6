import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { writeOutput } from "../../storage/index.ts";
import { fileOf, listsFile, type Shared } from "../shared/index.ts";
import { searchedTexts } from "./collect.ts";

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** By which the page knows that it stands in a folder, and we that the folder is ours. */
const ownMark = '<meta name="precept-folder" content="data/" />';
const ownFolders = ["data", "assets"];

/** Only a folder that is new, empty or shared into before is written to. @throws PreceptError usage for any other. */
export function refuseForeignFolder(out: string): void {
  const stat = statSync(out, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const others = stat.isDirectory() ? readdirSync(out).filter((name) => !name.startsWith(".")) : undefined;
  if (others?.length === 0 || (others?.includes("index.html") && isOwn(join(out, "index.html")))) return;
  throw new PreceptError("usage", {
    attempted: `Writing ${out}`,
    found: others === undefined ? "a file" : `a folder with other files (${others.slice(0, 3).join(", ")})`,
    expected: "a folder that is new, empty, or was written by precept view --out",
    remedy: "give another name to --out",
  });
}

const isOwn = (index: string): boolean =>
  statSync(index, { throwIfNoEntry: false })?.isFile() === true &&
  readFileSync(index, "utf8").slice(0, 2000).includes(ownMark);

/** The same for any web host: the pages' own files, and a file an answer, read when it is asked for. Nothing of an earlier share stays. */
export function writeSharedFolder(pages: string, shared: Shared, out: string): void {
  refuseForeignFolder(out);
  for (const name of ownFolders) rmSync(join(out, name), { recursive: true, force: true });
  const index = readFileSync(join(pages, "index.html"), "utf8");
  const head = `<head>\n<meta http-equiv="content-security-policy" content="${policy}" />${ownMark}`;
  // First, so that a share that was broken off is known as ours.
  writeOutput(join(out, "index.html"), index.replace("<head>", head));
  cpSync(join(pages, "assets"), join(out, "assets"), { recursive: true });
  const write = (name: string, value: unknown): void => {
    const path = join(out, "data", name);
    mkdirSync(dirname(path), { recursive: true });
    writeOutput(path, JSON.stringify(value));
  };
  write(listsFile, Object.keys(shared.lists));
  for (const [address, answer] of Object.entries(shared.answers)) write(fileOf(address, "answer"), answer);
  for (const [address, list] of Object.entries(shared.lists)) {
    write(fileOf(address, "list"), { list, texts: searchedTexts(shared, address) });
  }
}
