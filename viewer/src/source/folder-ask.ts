import { parseQuery, parseRange } from "../../../src/view/query/index.ts";
import {
  contentsFile,
  type FolderContents,
  fileOf,
  type SharedList,
  SharedLister,
} from "../../../src/view/shared/index.ts";
import type { Ask } from "./asked-source.ts";
import { SourceError } from "./source-error.ts";

/** Where the page finds a folder of answers beside itself; null where a server answers. */
export function readFolder(): string | null {
  return document.querySelector<HTMLMetaElement>('meta[name="precept-folder"]')?.content ?? null;
}

interface ListFile {
  readonly list: SharedList;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** Answers out of files of any web host, each read when it is asked for. */
export function askFolder(folder: string): Ask {
  const listers = new Map<string, Promise<SharedLister | undefined>>();
  const read = async (name: string): Promise<unknown> => {
    const answer = await fetch(folder + name).catch(() => undefined);
    return answer?.ok ? answer.json() : undefined;
  };
  const open = async (path: string): Promise<SharedLister | undefined> => {
    const file = (await read(fileOf(path, "list"))) as ListFile | undefined;
    if (file === undefined) return undefined;
    return new SharedLister(file.list, (id) => (file.texts[id] ?? []).map((text) => ({ text })));
  };
  let contents: Promise<FolderContents> | undefined;
  const get = async (address: string): Promise<unknown> => {
    const [path = "", search = ""] = address.split("?");
    contents ??= read(contentsFile).then((found) => (found ?? { lists: [], apart: [] }) as FolderContents);
    const { lists, apart } = await contents;
    if (lists.includes(path)) {
      const lister = listers.get(path) ?? open(path);
      listers.set(path, lister);
      const found = await lister;
      if (found !== undefined) return found.select(parseQuery(search), parseRange(search));
    }
    const answer = await read(fileOf(apart.includes(path) ? address : path, "answer"));
    if (answer !== undefined) return answer;
    throw new SourceError("not-found", "This folder holds a part of the run, and that is not in it.");
  };
  return {
    get,
    download: async (address) => {
      const answer = await get(address.replace("/raw/", "/records/"));
      return new Blob([JSON.stringify(answer)], { type: "application/json" });
    },
  };
}
