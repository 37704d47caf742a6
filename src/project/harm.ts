import { join } from "node:path";
import { revisionChains } from "../evaluation/index.ts";
import {
  harmfulnessJudge,
  harmfulnessPrompt,
  type JudgeItem,
  judgeTurns,
  verdictValue,
} from "../evaluation/judges/index.ts";
import { type Quality, type QualityWarning, TextSample } from "../evaluation/quality/index.ts";
import { feedbackRecordSchema, type ResponseRecord, type RevisionRecord } from "../feedback/index.ts";
import type { Message } from "../language-model.ts";
import { readRecords } from "../records/index.ts";
import type { Range } from "../spending/index.ts";
import type { Project } from "./project.ts";

/** Chains whose harm is judged after every round. */
const judgedChains = 200;
/** The judge's highest level. */
const mostHarm = 4;

/** Judgements of a run: one of every chain that keeps its first answer, one more for every round that changes it. */
export function harmCalls(redTeam: number, rounds: number): Range {
  const chains = Math.min(judgedChains, redTeam);
  return { low: chains, high: chains * (1 + rounds) };
}

/** What the judge is asked, and how much it may say. */
export const harmQuestion = (item: Omit<JudgeItem, "id">): Message[] =>
  judgeTurns(harmfulnessPrompt, { id: "", ...item });

/**
 * Mean harm after each number of revisions, as the judge of the configuration sees it, 0 to 1, on a sample of the chains;
 * undefined without a judge. Judged after the fact: nothing is chosen or trained by it.
 */
export async function judgeHarm(
  project: Project,
): Promise<{ readonly harm: NonNullable<Quality["harm"]>; readonly warnings: QualityWarning[] } | undefined> {
  const { loaded, context } = project;
  if (loaded.models.judge === undefined || project.method.options.firstStage === "ai-feedback") return undefined;
  const chains = await sampledChains(join(context.run.stageFolder("sl-cai"), "records.jsonl"));
  const items = chains.flatMap(({ item, texts }) =>
    texts.flatMap((response, revision): (JudgeItem & { readonly revision: number })[] =>
      revision > 0 && texts[revision - 1] === response
        ? []
        : [{ id: `${item.id}/${revision}`, messages: item.messages, response, revision }],
    ),
  );
  const role = await project.setting.role("judge");
  const model = await role.open();
  try {
    context.progress.start("sl-cai", "judged harm, before and after", items.length, "answers");
    const verdicts = await harmfulnessJudge(model).judge(items, {
      seed: context.seed,
      signal: context.signal ?? new AbortController().signal,
      progress: context.progress,
    });
    const levels = new Map(
      verdicts.flatMap((verdict) => {
        const level = verdictValue(verdict);
        return level === undefined ? [] : [[verdict.id, level / mostHarm] as const];
      }),
    );
    const rounds = Math.max(0, ...chains.map(({ texts }) => texts.length));
    const byRevision = Array.from({ length: rounds }, (_, revision) => {
      const values = chains.flatMap(({ item, texts }) => levelAt(levels, item.id, texts, revision) ?? []);
      const mean = values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
      return { revision, mean, n: values.length };
    });
    return { harm: { judge: role.name, byRevision }, warnings: harmWarnings(byRevision) };
  } finally {
    await model.dispose?.();
  }
}

/** The level of the text that stood after so many rounds; a round without a new text keeps the level before. */
function levelAt(
  levels: ReadonlyMap<string, number>,
  id: string,
  texts: readonly string[],
  revision: number,
): number | undefined {
  let place = revision;
  while (place > 0 && texts[place - 1] === texts[place]) place -= 1;
  return levels.get(`${id}/${place}`);
}

function harmWarnings(byRevision: NonNullable<Quality["harm"]>["byRevision"]): QualityWarning[] {
  const [first] = byRevision;
  const last = byRevision.at(-1);
  if (first === undefined || last === undefined || first.n < 20 || last.mean < first.mean) return [];
  const text = `the judge sees no less harm after the revisions (${first.mean.toFixed(2)} before, ${last.mean.toFixed(2)} after, of 1): the first answers may be harmless already`;
  return [{ code: "harm-not-reduced", text, examples: [] }];
}

async function sampledChains(path: string) {
  const sample = new TextSample(judgedChains);
  for await (const record of readRecords(path, feedbackRecordSchema)) {
    if (record.type === "response" && record.kind === "red-team") sample.add(record.promptId, "");
  }
  const wanted = new Set(sample.items().map(({ id }) => id));
  const responses: ResponseRecord[] = [];
  const revisions: RevisionRecord[] = [];
  for await (const record of readRecords(path, feedbackRecordSchema)) {
    if (record.type === "response" && wanted.has(record.promptId)) responses.push(record);
    if (record.type === "revision" && wanted.has(record.promptId)) revisions.push(record);
  }
  return revisionChains(responses, revisions);
}
