import { closeSync, cpSync, openSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { contentPolicy, trustedTypes } from "../../report/index.ts";
import { makeFolder, writeAll, writeOutput } from "../../storage/index.ts";
import { addressOf, contentsFile, fileOf, type SharedList, textsIn } from "../shared/index.ts";
import type { Sink } from "./sink.ts";

const policy = contentPolicy({
  ...{
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "data:",
    "connect-src": "'self'",
  },
  ...trustedTypes,
});

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
export function openSharedFolder(pages: string, out: string): Sink {
  refuseForeignFolder(out);
  for (const name of ownFolders) rmSync(join(out, name), { recursive: true, force: true });
  const index = readFileSync(join(pages, "index.html"), "utf8");
  const head = `<head>\n<meta http-equiv="content-security-policy" content="${policy}" />${ownMark}`;
  // First, so that a share that was broken off is known as ours.
  writeOutput(join(out, "index.html"), index.replace("<head>", head));
  cpSync(join(pages, "assets"), join(out, "assets"), { recursive: true });
  const lists: string[] = [];
  const apart: string[] = [];
  const tellContents = (): void => writeOutput(join(out, "data", contentsFile), JSON.stringify({ lists, apart }));
  tellContents();
  const answer = (address: string, value: unknown): void => {
    writeOutput(join(out, "data", fileOf(address, "answer")), JSON.stringify(value));
    const [path = "", search] = address.split("?");
    if (search === undefined || apart.includes(path)) return;
    apart.push(path);
    tellContents();
  };
  return {
    answer,
    spare(address, value) {
      answer(address, value);
      return true;
    },
    list(address) {
      const list = new ListFile(join(out, "data", fileOf(address, "list")));
      return {
        item(id, value) {
          answer(addressOf(address, [id]), value);
          list.add(id, textsIn(value));
        },
        close(shared) {
          list.close(shared);
          lists.push(address);
          tellContents();
        },
      };
    },
  };
}

/** A list with what is searched in its items, written as they come. */
class ListFile {
  readonly #file: number;
  #n = 0;

  constructor(path: string) {
    makeFolder(dirname(path));
    this.#file = openSync(path, "w");
    writeAll(this.#file, Buffer.from('{"texts":{'));
  }

  add(id: string, texts: readonly string[]): void {
    writeAll(this.#file, Buffer.from(`${this.#n++ === 0 ? "" : ","}${JSON.stringify(id)}:${JSON.stringify(texts)}`));
  }

  close(list: SharedList): void {
    writeAll(this.#file, Buffer.from(`},"list":${JSON.stringify(list)}}`));
    closeSync(this.#file);
  }
}
