import { z } from "zod";
import { comparisonSchema, noLabelSchema } from "../../feedback/index.ts";
import { wilson } from "../../statistics/index.ts";
import { linesOf, messagesOf, recordsOf, titleOf } from "../lists/item-records.ts";
import { noPage, readPage } from "../lists/list-page.ts";
import { ListReader, type Place } from "../lists/list-reader.ts";
import { hasBit, type Query, type Range, type Table } from "../query/index.ts";
import { findInFile, type OpenFile, type OpenRun } from "../run/open-run.ts";
import { type NamedPrinciple, readPrinciples } from "../run/principles.ts";
import type { ReviewMarks } from "../run/review-marks.ts";
import { textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import type { ListPage } from "../source.ts";
import type { ComparisonPage, ComparisonRow, Judgement, Judgements } from "../source-rooms.ts";
import { comparisonFacets } from "./facets.ts";
import { comparisonListing, countTurns, isTurned, readPair, sidesOf } from "./listing.ts";
import { ModelVerdicts } from "./model-verdicts.ts";

const stage = "ai-feedback";
/** Dots that a chart of judgements shows. */
const mostPoints = 2000;

const recordSchema = z.discriminatedUnion("type", [comparisonSchema, noLabelSchema]);
type Compared = z.infer<typeof recordSchema>;

/** The comparisons of a run. */
export class Comparisons {
  readonly #run: OpenRun;
  readonly #marks: ReviewMarks;
  readonly #model: ModelVerdicts;
  #reader: { readonly file: OpenFile; readonly reader: ListReader } | undefined;

  constructor(run: OpenRun, marks: ReviewMarks) {
    this.#run = run;
    this.#marks = marks;
    this.#model = new ModelVerdicts(run);
  }

  async list(query: Query, range: Range): Promise<ListPage<ComparisonRow>> {
    const file = await this.#open(false);
    if (file === undefined) return noPage;
    const principles = readPrinciples(this.#run.folder).map(({ id }) => id);
    const model = this.#run.listFile("preference-model");
    return readPage(query, range, {
      files: model === undefined ? [file] : [file, model],
      total: file.index.items,
      reader: this.#readerOf(file),
      definitions: comparisonFacets(principles, this.#model.isThere),
      tableOf: this.#tableOf,
      placeOf: (id) => placeOf(file, id),
      rowOf: (place) => this.#rowOf(file, place),
      notices: this.#marks.notices,
    });
  }

  /** The lines of every record of the comparisons that fit: the pair, and the answers that stand beside it. */
  async *lines(query: Query): AsyncGenerator<Buffer, void, undefined> {
    const file = await this.#open(true);
    if (file !== undefined) yield* linesOf(file, this.#readerOf(file).all(query, this.#tableOf));
  }

  /** The comparison with this id, or pair that got no label; undefined where there is none. */
  async find(id: string): Promise<ComparisonPage | undefined> {
    const file = await this.#open(true);
    const place = file === undefined ? undefined : placeOf(file, id);
    if (file === undefined || place === undefined) return undefined;
    const records = recordsOf(file, place);
    const record = records.find((one) => textIn(one, "id") === id);
    const compared = recordSchema.safeParse(record).data;
    if (compared === undefined) return undefined;
    const isLabelled = compared.type === "comparison";
    return {
      row: this.#rowOf(file, place),
      promptId: compared.promptId,
      messages: messagesOf(records),
      answers: compared.responses.map((text, i) => ({ id: compared.parents[i] ?? null, text })),
      label: isLabelled ? compared.label : null,
      raw: isLabelled ? compared.raw : null,
      clamp: isLabelled ? compared.clamp : null,
      judge: compared.model,
      evidence: judgementsOf(compared, readPrinciples(this.#run.folder)),
      model: await this.#modelOf(id),
      review: record === undefined ? null : this.#marks.ofRecord(record),
    };
  }

  /** Means over every judgement of the comparisons that fit, and as many of them as a chart can show, evenly spread. */
  async judgements(query: Query): Promise<Judgements> {
    const file = await this.#open(false);
    const sums = { n: 0, turned: 0, given: 0, swapped: 0 };
    const places = file === undefined ? [] : [...this.#readerOf(file).all(query, this.#tableOf)];
    for (const { segment, item } of places) {
      sums.n += segment.column("judged", item);
      sums.turned += segment.column("flips", item);
      sums.given += segment.column("given", item);
      sums.swapped += segment.column("swapped", item);
    }
    const points: Judgements["points"][number][] = [];
    const every = Math.max(1, sums.n / mostPoints);
    for (let i = 0; file !== undefined && Math.floor(i) < places.length; i += every) {
      const pair = readPair(recordsOf(file, places[Math.floor(i)] as Place));
      if (pair?.type !== "comparison") continue;
      for (const one of pair.evidence) {
        const [given, swapped] = sidesOf(one);
        points.push({ id: pair.id, principle: one.principleId, given, swapped });
      }
    }
    const mean = (sum: number): number => (sums.n === 0 ? 0.5 : sum / sums.n);
    return {
      n: sums.n,
      points: points.slice(0, mostPoints),
      turned: wilson(sums.turned, sums.n),
      meanGiven: mean(sums.given),
      meanSwapped: mean(sums.swapped),
    };
  }

  readonly #tableOf = (segment: Segment): Table => {
    const table = this.#marks.tableOf(segment);
    return {
      ...table,
      bits: (facet, value) =>
        facet === "pattern" && value === "model-disagrees"
          ? this.#model.disagreeing(segment)
          : table.bits(facet, value),
    };
  };

  async #open(isAll: boolean): Promise<OpenFile | undefined> {
    const file = this.#run.listFile(stage);
    await file?.index.wait(isAll);
    await this.#marks.refresh();
    return file;
  }

  async #modelOf(id: string): Promise<ComparisonPage["model"]> {
    await this.#run.listFile("preference-model")?.index.wait(true);
    const { found } = this.#run.childrenOf(id, 20);
    const record = found.find(({ row }) => row.type === "preference")?.record;
    const probability = record?.["probability"];
    return record === undefined || typeof probability !== "number"
      ? null
      : { probability, split: textIn(record, "split") ?? "" };
  }

  #rowOf(file: OpenFile, place: Place): ComparisonRow {
    const { segment, item } = place;
    const records = recordsOf(file, place);
    const pair = readPair(records);
    const table = this.#tableOf(segment);
    const has = (pattern: string): boolean => {
      const bits = table.bits("pattern", pattern);
      return bits !== undefined && hasBit(bits, item);
    };
    return {
      id: pair?.id ?? "",
      title: titleOf(messagesOf(records)),
      source: pair?.source ?? null,
      label: pair?.type === "comparison" ? pair.label : null,
      sure: pair?.type === "comparison" ? Math.abs(pair.raw - 0.5) : null,
      ...(pair === undefined ? { asked: 0, flips: 0 } : countTurns(pair)),
      marks: ["flips", "near-tie", "unanswered", "model-disagrees"].filter(has),
      review: this.#marks.ofItem(segment, item),
    };
  }

  #readerOf(file: OpenFile): ListReader {
    if (this.#reader?.file !== file) {
      const textsOf = (place: Place): readonly string[] =>
        comparisonListing.derive(recordsOf(file, place))?.texts ?? [];
      this.#reader = { file, reader: new ListReader(file.index, textsOf) };
    }
    return this.#reader.reader;
  }
}

function placeOf(file: OpenFile, id: string): Place | undefined {
  const found = findInFile(file, id);
  const item = found?.segment.itemOf(found.number);
  return found === undefined || item === undefined ? undefined : { segment: found.segment, item };
}

/** In the order in which they were asked; a principle that gave no evidence stands with none. */
function judgementsOf(compared: Compared, principles: readonly NamedPrinciple[]): Judgement[] {
  const evidence = compared.type === "comparison" ? compared.evidence : [];
  const textOf = (id: string): string | null => principles.find((one) => one.id === id)?.text ?? null;
  const silent = new Set((compared.unanswered ?? []).map(({ principleId }) => principleId));
  for (const { principleId } of evidence) silent.delete(principleId);
  return [
    ...evidence.map(
      (one): Judgement => ({
        principle: one.principleId,
        principleText: textOf(one.principleId),
        weight: one.weight,
        probability: one.probability,
        isTurned: isTurned(sidesOf(one)),
        orders: one.orders.map(({ probability, thought }) => ({ probability, thought })),
      }),
    ),
    ...[...silent].map(
      (id): Judgement => ({
        ...{ principle: id, principleText: textOf(id), weight: 1, probability: null, isTurned: false },
        orders: (["as-given", "swapped"] as const).map((order) => {
          const said = compared.unanswered?.find((one) => one.principleId === id && one.order === order)?.said;
          return { probability: null, thought: said ?? null };
        }),
      }),
    ),
  ];
}
