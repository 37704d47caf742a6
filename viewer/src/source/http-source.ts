import { formatQuery, type Query } from "../../../src/view/query/index.ts";
import type {
  Chain,
  ChainRow,
  Failure,
  Lineage,
  ListPage,
  RecordPage,
  RunList,
  RunPage,
  Source,
} from "../../../src/view/source.ts";
import { SourceError } from "./source-error.ts";

/** Which rows of a list: from one on, or those around an item. */
export interface Rows {
  readonly from: number;
  readonly n: number;
  readonly at?: string | undefined;
}

/** The server of `precept view`, of the page's own origin. */
export class HttpSource implements Source {
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
  chains(run: string, query: Query, rows: Rows): Promise<ListPage<ChainRow>> {
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

  /** A file to save: the token goes as a header, so no plain link can ask for it. */
  async download(address: string): Promise<Blob> {
    return (await this.fetch(address)).blob();
  }

  private async get<T>(address: string): Promise<T> {
    return (await (await this.fetch(address)).json()) as T;
  }

  private async fetch(address: string): Promise<Response> {
    const headers: Record<string, string> = this.token === null ? {} : { "x-precept-token": this.token };
    const answer = await fetch(`/api/${address}`, { headers }).catch((cause: unknown) => {
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

function listQuery(query: Query, { from, n, at }: Rows): string {
  const place = new URLSearchParams({ from: String(from), n: String(n) });
  if (at !== undefined) place.set("at", at);
  return [formatQuery(query), place.toString()].filter((part) => part !== "").join("&");
}
