import type { ServedRoom } from "../room.ts";

/** Pairs of answers as the judge saw them. */
export const comparisonsRoom: ServedRoom = {
  name: "comparisons",
  async count({ run }) {
    const file = run.listFile("ai-feedback");
    await file?.index.wait();
    return file?.index.items;
  },
  answers: {
    comparisons: ({ comparisons }, { path, query, range }) =>
      path.length === 0 ? comparisons.list(query, range) : comparisons.find(path.join("/")),
    judgements: ({ comparisons }, { query }) => comparisons.judgements(query),
  },
  lines: {
    comparisons: ({ comparisons }, { path, query }) => (path.length === 0 ? comparisons.lines(query) : undefined),
  },
  async share({ keep, keepList, tell }) {
    const rows = await keepList(["comparisons"]);
    keep(["judgements"]);
    tell(rows.length, "comparison", "comparisons");
  },
};
