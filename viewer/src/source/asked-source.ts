import { formatQuery, type Query, type Range } from "../../../src/view/query/index.ts";
import type { Chain, ChainRow, Lineage, ListPage, RecordPage, RunList, RunPage } from "../../../src/view/source.ts";
import type {
  ConstitutionCheck,
  ConstitutionPage,
  DeskSource,
  LabelAgreement,
  LabelGiven,
  LabelSheet,
  LabelTasks,
  SavedConstitution,
  SheetName,
} from "../../../src/view/source-desk.ts";
import type { TracedQuestion } from "../../../src/view/source-inside.ts";
import type { LiveRun } from "../../../src/view/source-live.ts";
import type { ReviewSummary } from "../../../src/view/source-review.ts";
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
  Rollouts,
  RoomSource,
  Series,
  SuiteLine,
} from "../../../src/view/source-rooms.ts";
import { SourceError } from "./source-error.ts";

/** Answers an address of the API, as parsed JSON; the path stands without "/api/". */
export interface Ask {
  get(address: string): Promise<unknown>;
  /** Sends what people write; absent where nothing can be written. */
  send?(method: "POST" | "PUT", address: string, body: unknown): Promise<unknown>;
  download(address: string): Promise<Blob>;
  /** Hears every event of an address until what is returned is called; absent where nothing happens any more. */
  listen?(address: string, hear: (data: unknown) => void): () => void;
}

/** Every question of the pages, put to whoever answers: the server, or what the page itself holds. */
export class AskedSource implements RoomSource, DeskSource {
  private readonly answerer: Ask;

  constructor(answerer: Ask) {
    this.answerer = answerer;
  }

  runs(): Promise<RunList> {
    return this.get("runs");
  }
  run(run: string): Promise<RunPage> {
    return this.get(path("runs", run));
  }
  chains(run: string, query: Query, rows: Range): Promise<ListPage<ChainRow>> {
    return this.list(run, ["chains"], query, rows);
  }
  chain(run: string, promptId: string): Promise<Chain> {
    return this.ask(run, ["chains", promptId]);
  }
  record(run: string, id: string): Promise<RecordPage> {
    return this.ask(run, ["records", id]);
  }
  lineage(run: string, id: string): Promise<Lineage> {
    return this.ask(run, ["lineage", id]);
  }
  comparisons(run: string, query: Query, rows: Range): Promise<ListPage<ComparisonRow>> {
    return this.list(run, ["comparisons"], query, rows);
  }
  comparison(run: string, id: string): Promise<ComparisonPage> {
    return this.ask(run, ["comparisons", id]);
  }
  judgements(run: string, query: Query): Promise<Judgements> {
    return this.get(`${path("runs", run, "judgements")}?${formatQuery(query)}`);
  }
  principles(run: string): Promise<readonly PrincipleLine[]> {
    return this.ask(run, ["principles"]);
  }
  principle(run: string, id: string): Promise<PrinciplePage> {
    return this.ask(run, ["principles", id]);
  }
  series(run: string): Promise<readonly Series[]> {
    return this.ask(run, ["series"]);
  }
  rollouts(run: string, stage: string, step: number): Promise<Rollouts> {
    return this.ask(run, ["rollouts"], { stage, step: String(step) });
  }
  suites(run: string): Promise<readonly SuiteLine[]> {
    return this.ask(run, ["suites"]);
  }
  items(run: string, suite: string, query: Query, rows: Range): Promise<ListPage<ItemRow>> {
    return this.list(run, ["suites", suite, "items"], query, rows);
  }
  item(run: string, suite: string, id: string): Promise<ItemPage> {
    return this.ask(run, ["suites", suite, "items", id]);
  }
  compare(a: string, b: string): Promise<ComparePage> {
    return this.get(`compare?${new URLSearchParams({ a, b })}`);
  }
  comparedItems(a: string, b: string, query: Query, rows: Range): Promise<ListPage<ComparedRow>> {
    return this.get(`compare/items?${new URLSearchParams({ a, b })}&${listQuery(query, rows)}`);
  }
  /** What a room of the run answers: "runs/RUN/lengths?most=20". */
  ask<T>(run: string, parts: readonly string[], search: Readonly<Record<string, string>> = {}): Promise<T> {
    const behind = new URLSearchParams(search).toString();
    return this.get(`${path("runs", run, ...parts)}${behind === "" ? "" : `?${behind}`}`);
  }
  /** A list of a room of the run. */
  list<Row>(run: string, parts: readonly string[], query: Query, rows: Range): Promise<ListPage<Row>> {
    return this.get(`${path("runs", run, ...parts)}?${listQuery(query, rows)}`);
  }
  /** Every record that a filter of a list shows, as it stands, each on a line. Default: of the chains. */
  download(run: string, query: Query, list: readonly string[] = ["records"]): Promise<Blob> {
    return this.answerer.download(`${path("runs", run, ...list)}.ndjson?${formatQuery(query)}`);
  }
  /** The bytes of one record. */
  downloadRecord(run: string, id: string): Promise<Blob> {
    return this.answerer.download(path("runs", run, "raw", id));
  }
  async mark(run: string, marks: readonly NewMark[]): Promise<ReviewSummary> {
    return this.send("POST", path("runs", run, "review"), { marks });
  }
  constitution(run: string): Promise<ConstitutionPage> {
    return this.ask(run, ["constitution"]);
  }
  checkConstitution(run: string, text: string, add?: string): Promise<ConstitutionCheck> {
    return this.send("POST", "constitution/check", { run, text, add });
  }
  saveConstitution(run: string, text: string, before: string): Promise<SavedConstitution> {
    return this.send("PUT", "constitution", { run, text, before });
  }

  labelTasks(run: string): Promise<LabelTasks> {
    return this.ask(run, ["labels"]);
  }
  labelSheet(run: string, { task, n, seed }: SheetName): Promise<LabelSheet> {
    return this.get(`${path("runs", run, "labels", task)}?n=${n}&seed=${seed}`);
  }
  giveLabel(run: string, sheet: SheetName, id: string, label: string | null): Promise<LabelGiven> {
    return this.send("POST", path("runs", run, "labels"), { ...sheet, id, label });
  }
  labelAgreement(run: string, { task, n, seed }: SheetName): Promise<LabelAgreement> {
    return this.get(`${path("runs", run, "labelled", task)}?n=${n}&seed=${seed}`);
  }

  /** Which examples shaped an answer: the name under which that is kept. */
  traceAnswer(run: string, question: TracedQuestion): Promise<{ readonly name: string }> {
    return this.send("POST", path("runs", run, "attribution"), question);
  }

  /** How a run goes on, as it does; ends by itself once nobody works on it. */
  follow(run: string, hear: (state: LiveRun) => void): () => void {
    return this.answerer.listen?.(path("runs", run, "events"), (data) => hear(data as LiveRun)) ?? (() => undefined);
  }

  private async send<T>(method: "POST" | "PUT", address: string, body: unknown): Promise<T> {
    if (this.answerer.send === undefined) throw new SourceError("failed", "Nothing can be written here.");
    return (await this.answerer.send(method, address, body)) as T;
  }

  private async get<T>(address: string): Promise<T> {
    return (await this.answerer.get(address)) as T;
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
