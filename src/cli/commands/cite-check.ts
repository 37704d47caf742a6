import { certificatesFolder } from "../../evaluation/index.ts";
import { withModel } from "../../language-model.ts";
import { openModel } from "../../models/index.ts";
import { findEntailmentStanding } from "../../project/index.ts";
import { citedTextOfParts, isFault, judgeEntailment, QuotedDocuments, readDocuments } from "../../retrieval/index.ts";
import { readText, tryJson } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { showCheck, showQuality } from "../show-citations.ts";

export interface CiteCheckFlags {
  readonly docs: string;
  readonly judge?: string | undefined;
  readonly certificates?: string | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept cite check FILE --docs DIR: exit 3 where a quotation stands in no document, or a number has no source. */
export async function citeCheck(this: CliContext, flags: CiteCheckFlags, file: string): Promise<void> {
  const { docs, judge: name, certificates = certificatesFolder, seed, json } = flags;
  const text = file === "-" ? await readText("stdin", { stream: this.stdin }) : await readText(file);
  const { documents } = await readDocuments(docs);
  const cited = citedTextOfParts(tryJson(text)) ?? text;
  const found = new QuotedDocuments(documents).check(cited, file);
  const judged = name === undefined ? undefined : await judgeWith(this, name, { found, seed });
  const checks = judged?.checks ?? found;
  const warn = (line: string): void => void this.process.stderr.write(`precept: warning: ${line}\n`);
  const judgedBy = judged && findEntailmentStanding(judged.id, certificates, warn);
  const quality = judgedBy?.isCertified === true ? judged?.quality : undefined;
  const figures = judged === undefined || judgedBy === undefined ? [] : showQuality(judged.quality, judgedBy);
  if (json) printJson(this, { file, checks, quality, judge: judgedBy?.standing });
  else print(this, [showCheck(checks), ...figures].join("\n"));
  if (!json && checks.some(({ status }) => status === "unresolved"))
    warn('a source is a line such as [1] returns.md: "the words of it", below the answer');
  if (checks.some(isFault)) this.process.exitCode = exitCodes.gate;
}

function judgeWith(
  { env, signal }: CliContext,
  name: string,
  { found, seed }: { readonly found: ReturnType<QuotedDocuments["check"]>; readonly seed: number | undefined },
) {
  return withModel(
    () => openModel(name, { env, signal }),
    async (open) => {
      const model = await open();
      return { id: model.id, ...(await judgeEntailment(found, model, { seed, signal })) };
    },
  );
}
