import { formatQuery, type Query, type Range } from "../../../src/view/query/index.ts";
import type {
  Chain,
  ChainRow,
  Failure,
  Lineage,
  ListPage,
  RecordPage,
  ReviewSummary,
  RunList,
  RunPage,
} from "../../../src/view/source.ts";
import type {
  ComparedRow,
  ComparePage,
  ComparisonPage,
  ComparisonRow,
  ItemPage,
  ItemRow,
  Judgements,
  NewMark,
  PrincipleLine,
  PrinciplePage,
  RoomSource,
  Series,
  SuiteLine,
} from "../../../src/view/source-rooms.ts";
import { SourceError } from "./source-error.ts";

/** The server of `precept view`, of the page's own origin. */
export class HttpSource implements RoomSource {
  private readonly token: string | null;

  constructor(token: string | null) {
    this.token = token;
  }

  runs(): Promise<RunList> {
    return this.get("runs");
  }
  run(run: string): Promise<RunPage> {
    return this.get(path("runs", run));
  }
  chains(run: string, query: Query, rows: Range): Promise<ListPage<ChainRow>> {
    return this.get(`${path("runs", run, "chains")}?${listQuery(query, rows)}`);
  }
  chain(run: string, promptId: string): Promise<Chain> {
    return this.get(path("runs", run, "chains", promptId));
  }
  record(run: string, id: string): Promise<RecordPage> {
    return this.get(path("runs", run, "records", id));
  }
  lineage(run: string, id: string): Promise<Lineage> {
    return this.get(path("runs", run, "lineage", id));
  }
  comparisons(run: string, query: Query, rows: Range): Promise<ListPage<ComparisonRow>> {
    return this.get(`${path("runs", run, "comparisons")}?${listQuery(query, rows)}`);
  }
  comparison(run: string, id: string): Promise<ComparisonPage> {
    return this.get(path("runs", run, "comparisons", id));
  }
  judgements(run: string, query: Query): Promise<Judgements> {
    return this.get(`${path("runs", run, "judgements")}?${formatQuery(query)}`);
  }
  principles(run: string): Promise<readonly PrincipleLine[]> {
    return this.get(path("runs", run, "principles"));
  }
  principle(run: string, id: string): Promise<PrinciplePage> {
    return this.get(path("runs", run, "principles", id));
  }
  series(run: string): Promise<readonly Series[]> {
    return this.get(`${path("runs", run, "series")}?points=800`);
  }
  suites(run: string): Promise<readonly SuiteLine[]> {
    return this.get(path("runs", run, "suites"));
  }
  items(run: string, suite: string, query: Query, rows: Range): Promise<ListPage<ItemRow>> {
    return this.get(`${path("runs", run, "suites", suite, "items")}?${listQuery(query, rows)}`);
  }
  item(run: string, suite: string, id: string): Promise<ItemPage> {
    return this.get(path("runs", run, "suites", suite, "items", id));
  }
  compare(a: string, b: string): Promise<ComparePage> {
    return this.get(`compare?${new URLSearchParams({ a, b })}`);
  }
  comparedItems(a: string, b: string, query: Query, rows: Range): Promise<ListPage<ComparedRow>> {
    return this.get(`compare/items?${new URLSearchParams({ a, b })}&${listQuery(query, rows)}`);
  }
  /** Every record that a filter shows, as it stands, one a line. */
  async download(run: string, query: Query): Promise<Blob> {
    return (await this.fetch(`${path("runs", run, "records.ndjson")}?${formatQuery(query)}`)).blob();
  }
  /** The bytes of one record. */
  async downloadRecord(run: string, id: string): Promise<Blob> {
    return (await this.fetch(path("runs", run, "raw", id))).blob();
  }
  async mark(run: string, marks: readonly NewMark[]): Promise<ReviewSummary> {
    const body = JSON.stringify({ marks });
    const answer = await this.fetch(path("runs", run, "review"), { method: "POST", body });
    return (await answer.json()) as ReviewSummary;
  }

  private async get<T>(address: string): Promise<T> {
    return (await (await this.fetch(address)).json()) as T;
  }

  private async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.body === undefined ? {} : { "content-type": "application/json" });
    if (this.token !== null) headers.set("x-precept-token", this.token);
    const answer = await fetch(`/api/${address}`, { ...init, headers }).catch((cause: unknown) => {
      throw new SourceError("gone", "The viewer was closed.", { cause });
    });
    if (answer.ok) return answer;
    const failure = (await answer.json().catch(() => null)) as Failure | null;
    throw new SourceError(failure?.error.code ?? "failed", failure?.error.message ?? answer.statusText);
  }
}

/** Ids hold slashes, which stay; everything else that a path cannot hold is encoded. */
function path(...parts: readonly string[]): string {
  return parts
    .flatMap((part, i) => (i > 2 ? part.split("/") : [part]))
    .map(encodeURIComponent)
    .join("/");
}

function listQuery(query: Query, { from, n, at }: Range): string {
  const place = new URLSearchParams({ from: String(from), n: String(n) });
  if (at !== undefined) place.set("at", at);
  return [formatQuery(query), place.toString()].filter((part) => part !== "").join("&");
}
