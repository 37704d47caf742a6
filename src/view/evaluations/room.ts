import type { ServedRoom } from "../room.ts";
import type { SuiteLine } from "../source-rooms.ts";
import { answerFiles } from "./answers.ts";

/** Suites and their items: at suites/S/items and suites/S/items/ID. */
export const evaluationsRoom: ServedRoom = {
  name: "evaluations",
  count: ({ run }) => (answerFiles(run).length === 0 ? undefined : null),
  answers: {
    suites({ evaluations }, { path: [suite, items, ...id], query, range }) {
      if (suite === undefined) return evaluations.suites();
      if (items !== "items") return undefined;
      return id.length === 0 ? evaluations.items(suite, query, range) : evaluations.item(suite, id.join("/"));
    },
  },
  lines: {
    suites: ({ evaluations }, { path: [suite = "", items, ...more], query }) =>
      items === "items" && more.length === 0 ? evaluations.lines(suite, query) : undefined,
  },
  async share({ ask, keep, keepList, tell }) {
    keep(["suites"]);
    for (const { id } of (await ask(["suites"])) as readonly SuiteLine[]) {
      const rows = await keepList(["suites", id, "items"]);
      tell(rows.length, `item of ${id}`, `items of ${id}`);
    }
  },
};
