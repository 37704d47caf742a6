/** What a list is filtered and ordered by, as it stands in the URL of a page and of an endpoint. */
export interface Query {
  /** Within a facet any of the values, across facets all. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  /** Words that must occur, as typed; quoted ones one behind the other. */
  readonly words?: string | undefined;
  /** A column, with a minus before it from the most to the least: "changed", "-changed". Default: by id. */
  readonly sort?: string | undefined;
}

/** Which rows of a list are wanted. */
export interface Range {
  readonly from: number;
  readonly n: number;
  /** The item around which rows are wanted, whatever `from` says; without effect where the filter leaves it out. */
  readonly at?: string | undefined;
}

/** Rows that one answer gives at most. */
export const mostRows = 200;
const defaultRows = 50;

/** Names in a URL that are no facets. */
const reserved: ReadonlySet<string> = new Set(["q", "sort", "from", "n", "at"]);

export const everything: Query = { facets: {} };

/** "principle=help&pattern=put-back&q=fuse&sort=-changed", with or without a question mark; what it does not know is a facet. */
export function parseQuery(text: string): Query {
  const facets: Record<string, string[]> = {};
  const parameters = new URLSearchParams(text);
  for (const [name, value] of parameters) {
    if (reserved.has(name) || name === "" || value === "") continue;
    const values = Object.hasOwn(facets, name) ? (facets[name] ?? []) : [];
    if (!values.includes(value)) values.push(value);
    Object.defineProperty(facets, name, { value: values, enumerable: true, configurable: true });
  }
  return { facets, words: parameters.get("q")?.trim() || undefined, sort: parameters.get("sort") || undefined };
}

/** The same query always as the same text, without a question mark; "" for everything. */
export function formatQuery({ facets, words, sort }: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, values] of Object.entries(facets).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const value of [...values].sort()) parameters.append(name, value);
  }
  if (words !== undefined && words.trim() !== "") parameters.append("q", words.trim());
  if (sort !== undefined) parameters.append("sort", sort);
  return parameters.toString();
}

/** Whether a query leaves anything out. */
export function isFiltered({ facets, words }: Query): boolean {
  return words !== undefined || Object.values(facets).some((values) => values.length > 0);
}

/** The query with this value of a facet chosen, or no longer. */
export function toggleValue(query: Query, facet: string, value: string): Query {
  const { [facet]: chosen = [], ...others } = query.facets;
  const values = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
  return { ...query, facets: values.length === 0 ? others : { ...others, [facet]: values } };
}

/** "from=100&n=50&at=red-team-7": a whole number of rows from 1 to `mostRows`, from row 0 on where nothing else is said. */
export function parseRange(text: string): Range {
  const parameters = new URLSearchParams(text);
  const read = (name: string, otherwise: number): number => {
    const value = parameters.get(name);
    return value !== null && /^\d{1,9}$/u.test(value) ? Number(value) : otherwise;
  };
  const n = Math.min(mostRows, Math.max(1, read("n", defaultRows)));
  return { from: read("from", 0), n, at: parameters.get("at") || undefined };
}
