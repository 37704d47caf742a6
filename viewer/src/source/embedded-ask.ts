import { parseQuery, parseRange } from "../../../src/view/query/index.ts";
import { addressOf, type Shared, SharedLister } from "../../../src/view/shared/index.ts";
import type { Ask } from "./asked-source.ts";
import { SourceError } from "./source-error.ts";

/** What a page that was made to be sent holds; null in one that a server hands out. */
export function readShared(): Shared | null {
  const text = document.getElementById("precept-data")?.textContent;
  return text == null || text === "" ? null : (JSON.parse(text) as Shared);
}

/** Answers out of the page itself. */
export function askShared({ answers, lists }: Shared): Ask {
  const listers = new Map<string, SharedLister>();
  const get = async (address: string): Promise<unknown> => {
    const [path = "", search = ""] = address.split("?");
    const list = Object.hasOwn(lists, path) ? lists[path] : undefined;
    if (list !== undefined) {
      const lister = listers.get(path) ?? new SharedLister(list, (id) => answers[addressOf(path, [id])]);
      listers.set(path, lister);
      return lister.select(parseQuery(search), parseRange(search));
    }
    for (const asked of [address, path]) if (Object.hasOwn(answers, asked)) return answers[asked];
    throw new SourceError("not-found", "This file holds a part of the run, and that is not in it.");
  };
  return {
    get,
    download: async (address) => {
      const answer = await get(address.replace("/raw/", "/records/"));
      return new Blob([JSON.stringify(answer)], { type: "application/json" });
    },
  };
}
