import type { z } from "zod";
import {
  critiqueSchema,
  findChainFaults,
  isTrainable,
  responseSchema,
  revisionSchema,
  slExampleSchema,
} from "../../feedback/index.ts";
import { linesOf, messagesOf, recordsOf, titleOf } from "../lists/item-records.ts";
import { noPage, readPage } from "../lists/list-page.ts";
import { ListReader, type Place } from "../lists/list-reader.ts";
import type { Query, Range } from "../query/index.ts";
import { type FoundRow, type OpenFile, type OpenRun, readFound } from "../run/open-run.ts";
import { readPrinciples } from "../run/principles.ts";
import type { ReviewMarks } from "../run/review-marks.ts";
import { type RawRecord, textIn } from "../segments/listing.ts";
import type { Chain, ChainRow, ListPage, Round } from "../source.ts";
import type { Reviewed, RowReview } from "../source-review.ts";
import { chainFacets, chainPatterns } from "./facets.ts";
import { chainListing } from "./listing.ts";

const stage = "sl-cai";

/** The chains of a run. */
export class Chains {
  readonly #run: OpenRun;
  readonly #marks: ReviewMarks;
  #reader: { readonly file: OpenFile; readonly reader: ListReader } | undefined;

  constructor(run: OpenRun, marks: ReviewMarks) {
    this.#run = run;
    this.#marks = marks;
  }

  /** A page of the list. */
  async list(query: Query, range: Range): Promise<ListPage<ChainRow>> {
    const file = this.#run.listFile(stage);
    const definitions = chainFacets(readPrinciples(this.#run.folder).map(({ id }) => id));
    if (file === undefined) return noPage;
    await file.index.wait();
    await this.#marks.refresh();
    return readPage(query, range, {
      ...{ definitions, files: [file], total: file.index.items },
      ...{ reader: this.#readerOf(file), tableOf: this.#marks.tableOf },
      placeOf: (id) => this.#placeOf(file, id),
      rowOf: (place) => this.#rowOf(file, place),
      notices: this.#marks.notices,
    });
  }

  /** The lines of every record of the chains that fit. */
  async *lines(query: Query): AsyncGenerator<Buffer, void, undefined> {
    const file = this.#run.listFile(stage);
    if (file === undefined) return;
    await file.index.wait(true);
    await this.#marks.refresh();
    yield* linesOf(file, this.#readerOf(file).all(query, this.#marks.tableOf));
  }

  /** All of one prompt's chain; undefined where there is none. */
  async find(promptId: string): Promise<Chain | undefined> {
    const file = this.#run.listFile(stage);
    await file?.index.wait(true);
    const place = file === undefined ? undefined : this.#placeOf(file, promptId);
    if (file === undefined || place === undefined) return undefined;
    await this.#marks.refresh();
    const records = recordsOf(file, place);
    return this.#chainOf(this.#rowOf(file, place), records);
  }

  /** The prompt whose chain a record belongs to. */
  promptOf({ file, segment, number, record }: FoundRow): string | undefined {
    if (file.stage !== stage || segment.itemOf(number) === undefined) return undefined;
    return textIn(record, "promptId");
  }

  /** Values of a facet among the chains that fit, the most frequent first. */
  valuesWhere(facet: string, query: Query): readonly { readonly value: string; readonly count: number }[] {
    const file = this.#run.listFile(stage);
    if (file === undefined) return [];
    const [found] = this.#readerOf(file).select(query, { from: 0, n: 0 }, [{ id: facet, title: "" }]).facets;
    return (found?.values ?? []).filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  }

  /** Records of some of the chains that fit, evenly spread. */
  samples(query: Query, n: number): readonly (readonly RawRecord[])[] {
    const file = this.#run.listFile(stage);
    if (file === undefined) return [];
    const places = [...this.#readerOf(file).all(query)];
    const count = Math.min(n, places.length);
    return Array.from({ length: count }, (_, i) => {
      const place = places[Math.floor((i * places.length) / count)];
      return place === undefined ? [] : recordsOf(file, place);
    });
  }

  countOf(facet: string, value: string): number {
    const file = this.#run.listFile(stage);
    if (file === undefined) return 0;
    const query = { facets: { [facet]: [value] } };
    return this.#readerOf(file).select(query, { from: 0, n: 0 }, []).matching;
  }

  #placeOf(file: OpenFile, promptId: string): Place | undefined {
    for (const { segment, number, file: of } of this.#run.childrenOf(promptId, 100).found) {
      const item = of === file ? segment.itemOf(number) : undefined;
      if (item !== undefined) return { segment, item };
    }
    return undefined;
  }

  #rowOf(file: OpenFile, place: Place): ChainRow {
    return rowOf(file, place, this.#marks.ofItem(place.segment, place.item));
  }

  #chainOf(row: ChainRow, records: readonly RawRecord[]): Chain {
    const reviewOf = (id: string): Reviewed | null => {
      const record = records.find((one) => one["id"] === id);
      return record === undefined ? null : this.#marks.ofRecord(record);
    };
    const read = <T>(schema: z.ZodType<T>): T[] =>
      records.flatMap((record) => {
        const parsed = schema.safeParse(record);
        return parsed.success ? [parsed.data] : [];
      });
    const responses = read(responseSchema);
    const critiques = read(critiqueSchema);
    const revisions = read(revisionSchema).sort((a, b) => a.round - b.round);
    const examples = read(slExampleSchema);
    const principles = readPrinciples(this.#run.folder);
    const textOf = (id: string): string | null => principles.find((principle) => principle.id === id)?.text ?? null;
    const { putBacks, last } = findChainFaults([...responses, ...critiques, ...revisions]);
    const rounds = [...new Set([...critiques, ...revisions].map(({ round }) => round))].sort((a, b) => a - b);
    const [response] = responses;
    const trainable = revisions.filter(({ outcome }) => isTrainable(outcome));
    return {
      row,
      messages: response?.messages ?? [],
      response:
        response === undefined
          ? null
          : {
              id: response.id,
              text: response.response,
              model: response.model,
              reasoning: response.reasoning ?? null,
              review: reviewOf(response.id),
            },
      rounds: rounds.map((round): Round => {
        const revision = revisions.find((one) => one.round === round);
        const putBack = putBacks.find((one) => one.round === round);
        return {
          round,
          critiques: critiques
            .filter((critique) => critique.round === round)
            .map(({ id, principleId, finding, critique, missing }) => ({
              id,
              principle: principleId,
              principleText: textOf(principleId),
              finding,
              text: critique,
              missing: missing ?? null,
            })),
          revision:
            revision === undefined
              ? null
              : {
                  id: revision.id,
                  text: revision.revision,
                  principle: revision.principleId,
                  principleText: textOf(revision.principleId),
                  outcome: revision.outcome,
                  tripped: revision.tripped,
                },
          putBack:
            putBack === undefined
              ? null
              : {
                  words: putBack.words,
                  ofRound: putBack.ofRound,
                  principle: trainable.find((one) => one.round === putBack.ofRound)?.principleId ?? "",
                },
        };
      }),
      examples: examples.map(({ id, source, weight, round, completion }) => ({
        id,
        source,
        weight,
        round,
        completion,
        review: reviewOf(id),
      })),
      isRechecked: critiques.some(({ parents }) => parents[0] === last?.id),
      principles,
      critiques: { n: critiques.length, breaches: critiques.filter(({ finding }) => finding === "breaks").length },
      notices: [],
    };
  }

  #readerOf(file: OpenFile): ListReader {
    if (this.#reader?.file !== file) {
      const textsOf = (place: Place): readonly string[] => chainListing.derive(recordsOf(file, place))?.texts ?? [];
      this.#reader = { file, reader: new ListReader(file.index, textsOf) };
    }
    return this.#reader.reader;
  }
}

function rowOf(file: OpenFile, { segment, item }: Place, review: RowReview | null): ChainRow {
  const { first, n } = segment.rowsOf(item);
  const rows = Array.from({ length: n }, (_, i) => ({ number: first + i, row: segment.row(first + i) }));
  const response = rows.find(({ row }) => row.type === "response");
  const found = response === undefined ? undefined : readFound(file, segment, response.number);
  const has = (facet: string, value: string): boolean => {
    const bits = segment.bits(facet, value);
    return bits !== undefined && (((bits[item >>> 5] ?? 0) >>> (item & 31)) & 1) === 1;
  };
  const changed = segment.column("changed", item);
  return {
    id: found === undefined ? "" : (textIn(found.record, "promptId") ?? ""),
    kind: has("kind", "red-team") ? "red-team" : "helpful",
    title: found === undefined ? "" : titleOf(messagesOf([found.record])),
    path: rows
      .filter(({ row }) => row.type === "revision")
      .sort((a, b) => a.row.round - b.row.round)
      .map(({ row }) => ({ principle: row.principle ?? "", putsBack: row.isMarked })),
    changed: Number.isNaN(changed) ? null : changed,
    marks: chainPatterns.filter((value) => has("pattern", value)),
    review,
  };
}
