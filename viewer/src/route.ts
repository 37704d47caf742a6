/** Pages of the viewer, as they stand in the fragment of the URL: it never reaches a server or its log. */
export interface Route {
  /** null: the list of runs, and what stands above runs. */
  readonly run: string | null;
  readonly page: Page;
  /** Of what the page is about; null for a list. */
  readonly id: string | null;
  /** What stands behind the question mark: a filter, a view. */
  readonly query: string;
}

export type Page = (typeof pages)[number];

const pages = [
  "runs",
  "compare",
  "overview",
  "chains",
  "comparisons",
  "principles",
  "training",
  "evaluations",
  "label",
  "constitution",
  "record",
] as const;

export const isPage = (word: string): word is Page => (pages as readonly string[]).includes(word);

/** First parts of the path within a run: many (a list) and one (an item of it). */
const words: Readonly<Record<string, { readonly page: Page; readonly isItem: boolean }>> = {
  chains: { page: "chains", isItem: false },
  chain: { page: "chains", isItem: true },
  comparisons: { page: "comparisons", isItem: false },
  comparison: { page: "comparisons", isItem: true },
  principles: { page: "principles", isItem: false },
  principle: { page: "principles", isItem: true },
  training: { page: "training", isItem: false },
  suites: { page: "evaluations", isItem: false },
  suite: { page: "evaluations", isItem: true },
  label: { page: "label", isItem: false },
  constitution: { page: "constitution", isItem: false },
  record: { page: "record", isItem: true },
};

/** "#/demo/chain/red-team-00032?pattern=put-back"; undefined where the fragment names no page. */
export function parseRoute(fragment: string): Route | undefined {
  const [path = "", ...rest] = fragment.replace(/^#?\/?/u, "").split("?");
  const query = rest.join("?");
  if (path === "") return { run: null, page: "runs", id: null, query };
  if (path === "compare") return { run: null, page: "compare", id: null, query };
  const parts = path.split("/").map(decode);
  const [run = "", word, ...ids] = parts;
  if (word === undefined || word === "") return { run, page: "overview", id: null, query };
  const found = Object.hasOwn(words, word) ? words[word] : undefined;
  if (found === undefined || found.isItem !== ids.length > 0) return undefined;
  return { run, page: found.page, id: found.isItem ? ids.join("/") : null, query };
}

/** The fragment of a page, "#" included. */
export function formatRoute({ run, page, id, query }: Route): string {
  const behind = query === "" ? "" : `?${query}`;
  if (run === null) return page === "compare" ? `#/compare${behind}` : `#/${behind}`;
  const word = Object.keys(words).find((it) => words[it]?.page === page && words[it]?.isItem === (id !== null));
  const parts = [...(word === undefined ? [] : [word]), ...(id === null ? [] : id.split("/"))];
  return `#/${[encodeRun(run), ...parts.map(encodeURIComponent)].join("/")}${behind}`;
}

/** The link to a page of a run. */
export function linkTo(run: string, page: Page, id: string | null = null, query = ""): string {
  return formatRoute({ run, page, id, query });
}

/** A run may have the name of a page that stands above runs. */
function encodeRun(run: string): string {
  return run === "compare" ? "%63ompare" : encodeURIComponent(run);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
