import type { AnswerRecord } from "../../evaluation/index.ts";
import { metricName } from "../../report/index.ts";
import { linesOf } from "../lists/item-records.ts";
import { readPage } from "../lists/list-page.ts";
import { ListReader, type Place } from "../lists/list-reader.ts";
import type { Query, Range } from "../query/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import { readPrinciples } from "../run/principles.ts";
import type { ListPage } from "../source.ts";
import type { ItemFinding, ItemPage, ItemRow, SuiteLine } from "../source-rooms.ts";
import { type Answer, Answers, answerFiles, readAnswer, subjectLabel, textsOf } from "./answers.ts";
import { figuresOf, headlineAnswers } from "./figures.ts";
import { type ItemTable, indexOf, placeIn } from "./item-table.ts";
import { groupSuites, type Item, rowOf, type Suite } from "./items.ts";
import { readReading } from "./judges.ts";
import { nearestRows } from "./nearest.ts";
import { formatValue, tellVerdict } from "./verdict.ts";

/** What the checkpoints of a run were measured on, suite by suite and item by item. */
export class Evaluations {
  readonly #run: OpenRun;
  readonly #answers: Answers;
  #suites: { readonly of: readonly Answer[]; readonly suites: ReadonlyMap<string, Suite> } | undefined;
  readonly #readers = new WeakMap<Suite, ListReader<ItemTable>>();

  constructor(run: OpenRun) {
    this.#run = run;
    this.#answers = new Answers(run);
  }

  answers(): Promise<readonly Answer[]> {
    return this.#answers.read();
  }

  async suites(): Promise<SuiteLine[]> {
    return [...(await this.#read()).values()].map((suite) => {
      const { answers, of } = headlineAnswers(suite);
      const figures = figuresOf(answers, suite.subjects);
      return { id: suite.id, title: this.#titleOf(suite), items: suite.items.size, measuredOn: of, figures };
    });
  }

  /** undefined where the run has no such suite. */
  async items(id: string, query: Query, range: Range): Promise<ListPage<ItemRow> | undefined> {
    const suite = (await this.#read()).get(id);
    if (suite === undefined) return undefined;
    const ids = suite.all.map((item) => item.id);
    return readPage(query, range, {
      ...{ reader: this.#readerOf(suite), files: answerFiles(this.#run), total: ids.length, definitions: suite.facets },
      placeOf: (wanted) => placeIn(suite.table, ids.indexOf(wanted)),
      rowOf: (place) => rowOf(itemAt(suite, place)),
    });
  }

  /** The lines of every answer to the items that fit; undefined where the run has no such suite. */
  async lines(id: string, query: Query): Promise<AsyncGenerator<Buffer, void, undefined> | undefined> {
    const suite = (await this.#read()).get(id);
    return suite === undefined ? undefined : this.#linesOf(suite, query);
  }

  async *#linesOf(suite: Suite, query: Query): AsyncGenerator<Buffer, void, undefined> {
    for (const place of this.#readerOf(suite).all(query)) {
      for (const { at } of itemAt(suite, place).answers) yield* linesOf(at.file, [at]);
    }
  }

  #readerOf(suite: Suite): ListReader<ItemTable> {
    const known = this.#readers.get(suite);
    if (known !== undefined) return known;
    const reader = new ListReader(indexOf(suite.table), (place) => textsOf(itemAt(suite, place).answers));
    this.#readers.set(suite, reader);
    return reader;
  }

  async item(id: string, item: string): Promise<ItemPage | undefined> {
    const found = (await this.#read()).get(id)?.items.get(item);
    return found === undefined ? undefined : this.#pageOf(found);
  }

  async #read(): Promise<ReadonlyMap<string, Suite>> {
    const answers = await this.#answers.read();
    if (this.#suites?.of !== answers) this.#suites = { of: answers, suites: groupSuites(answers) };
    return this.#suites.suites;
  }

  #titleOf({ id, items }: Suite): string {
    const stage = [...items.values()][0]?.answers[0]?.stage ?? "evaluate";
    return readReading(this.#run, stage).title ?? metricName(id.replaceAll("-", " ")).label;
  }

  #pageOf(item: Item): ItemPage {
    const principles = new Map(readPrinciples(this.#run.folder).map(({ id, text }) => [id, text]));
    const answers = item.answers.flatMap((answer) => {
      const record = readAnswer(answer);
      return record === undefined ? [] : [{ answer, record }];
    });
    const messages = answers[0]?.record.messages ?? [];
    const request = messages.findLast(({ role }) => role === "user")?.content ?? "";
    return {
      row: rowOf(item),
      messages,
      answers: answers.map(({ answer, record }) => this.#answerOf(answer, record, principles)),
      nearest: nearestRows(this.#run, request),
    };
  }

  #answerOf(
    answer: Answer,
    { response, verdict, findings = [] }: AnswerRecord,
    principles: ReadonlyMap<string, string>,
  ): ItemPage["answers"][number] {
    const { subject, id, values, benchmark, stage } = answer;
    const { standings } = readReading(this.#run, stage);
    const judges = [...standings].flatMap(([name, standing]) =>
      findings.length === 0 || findings.some(({ principleId }) => name === `principle-${principleId}`)
        ? [standing]
        : [],
    );
    return {
      checkpoint: subject,
      label: subjectLabel(subject),
      recordId: id,
      text: response,
      ...tellVerdict(values),
      isCut: answer.isCut,
      // What the findings say word for word need not be said in numbers.
      values: Object.entries(values).flatMap(([name, value]) =>
        findings.length > 0 && /^(?:at-stake|breaks)(?:\/|$)/u.test(name)
          ? []
          : [{ name: metricName(name).label, value: formatValue(value) }],
      ),
      why: verdict === undefined ? null : findings.length > 0 ? null : sayWhy(verdict),
      findings: findings.map((finding): ItemFinding => {
        const { principleId: principle, verdict: said, quote = null, why = null, reason = null } = finding;
        return { principle, text: principles.get(principle) ?? null, verdict: said, quote, why: why || reason };
      }),
      readBy: verdict === undefined ? `the rule of ${benchmark}` : judgeLabel(verdict.judge),
      certificates: verdict === undefined ? [] : judges,
    };
  }
}

function itemAt({ all }: Suite, { item }: Place<ItemTable>): Item {
  return all[item] as Item;
}

/** Several judges, one per principle, have no name but their hash: who they are is said by their certificates. */
const judgeLabel = (judge: string): string => judge.replace(/^sha256:(?=[0-9a-f]{8})([0-9a-f]{8}).*$/u, "judge $1…");

function sayWhy({ raw, reason }: NonNullable<AnswerRecord["verdict"]>): string {
  return reason === undefined ? raw : `No verdict: ${reason}. ${raw}`.trim();
}
