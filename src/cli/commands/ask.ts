import { certificatesFolder } from "../../evaluation/index.ts";
import { type LanguageModel, withModel } from "../../language-model.ts";
import { openModel } from "../../models/index.ts";
import { findEntailmentStanding } from "../../project/index.ts";
import { formatRecord } from "../../records/index.ts";
import {
  askDocuments,
  checkQuestion,
  type FaultPolicy,
  indexDocuments,
  isFault,
  readDocuments,
} from "../../retrieval/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { showAnswer, showPassages } from "../show-citations.ts";

export interface AskFlags {
  readonly docs: string;
  readonly model?: string | undefined;
  readonly judge?: string | undefined;
  readonly certificates?: string | undefined;
  readonly cite: boolean;
  readonly limit?: number | undefined;
  readonly onFault?: FaultPolicy | undefined;
  readonly plain: boolean;
  readonly out?: string | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept ask QUESTION --docs DIR: an answer with sources, each checked; the passages alone where no model is given. */
export async function ask(this: CliContext, flags: AskFlags, question: string): Promise<void> {
  checkQuestion(question);
  const { documents, skipped } = await readDocuments(flags.docs);
  const tool = await indexDocuments(documents);
  const { model: name, judge: judgeName, limit, onFault, seed } = flags;
  if (name === undefined) {
    const hits = await tool.search({ text: question, limit: limit ?? 6 }, { signal: this.signal });
    if (flags.json) printJson(this, { question, hits, skipped });
    else print(this, showPassages(hits, documents));
    return;
  }
  const open = (what: string) => (): Promise<LanguageModel> => openModel(what, { env: this.env, signal: this.signal });
  const asked = await withModel(open(name), (model) =>
    withModel(open(judgeName ?? name), async (judge) =>
      askDocuments(question, {
        model: await model(),
        judge: judgeName === undefined ? undefined : await judge(),
        documents,
        tool,
        limit,
        onFault,
        isPlain: flags.plain,
        seed,
        signal: this.signal,
      }),
    ),
  );
  if (flags.out !== undefined) {
    writeOutput(flags.out, asked.records.map((record) => `${formatRecord(record)}\n`).join(""));
  }
  const judgeId = asked.checks.find(({ judge }) => judge !== null)?.judge ?? undefined;
  const warn = (line: string): void => void this.process.stderr.write(`precept: warning: ${line}\n`);
  const judgedBy =
    judgeId === undefined ? undefined : findEntailmentStanding(judgeId, flags.certificates ?? certificatesFolder, warn);
  const { records: _, quality, ...shown } = asked;
  const figures = judgedBy?.isCertified === true ? quality : undefined;
  if (flags.json) printJson(this, { question, ...shown, quality: figures, judge: judgedBy?.standing, skipped });
  else print(this, showAnswer(asked, flags.cite, judgedBy));
  if (asked.checks.some(isFault)) this.process.exitCode = exitCodes.gate;
}
