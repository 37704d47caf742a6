import { z } from "zod";
import { type Constitution, principlesFor } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { FeedbackContext } from "../../feedback/index.ts";
import { type GoodAnswer, plantFlaws, readPairs, type TamperedPair, verifyFlaws } from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { RecordLog } from "../../runs/index.ts";
import { contentHash, makeFolder, readJsonLines } from "../../storage/index.ts";
import { governanceOf, reword, tamperedAnswers, type Wording } from "../../worlds/harbor/index.ts";

/** Tampered answers and where they come from. */
export interface DrawnPairs {
  readonly source: "world" | "model" | "file";
  readonly pairs: readonly TamperedPair[];
  readonly unverified: number;
}

export interface HarborPairs {
  readonly constitution: Constitution;
  readonly seed: number;
  readonly perPrinciple: number;
  readonly wording: Wording;
}

/** Pairs of the world: the breach is put in exactly, and the principle said as the constitution says it, or in other words. */
export function harborPairs({ constitution, seed, perPrinciple, wording }: HarborPairs): DrawnPairs {
  const byId = new Map(constitution.principles.map((principle) => [principle.id, principle]));
  const pairs = tamperedAnswers(governanceOf(constitution), seed, perPrinciple).flatMap(
    ({ id, principleId, request, clean, tampered }): TamperedPair[] => {
      const principle = byId.get(principleId);
      if (principle === undefined) return [];
      const text = wording === "known" ? principle.text : reword(principle.text, wording, `${seed} ${id}`);
      return [
        { id, messages: [{ role: "user", content: request }], principle: { ...principle, text }, clean, tampered },
      ];
    },
  );
  return { source: "world", pairs, unverified: 0 };
}

export interface ModelPairs {
  /** A file of a person's pairs. */
  readonly pairs?: string | undefined;
  readonly answers?: readonly GoodAnswer[] | undefined;
  /** Answers that are tampered with under each principle. */
  readonly count: number;
  readonly maxTokens: number;
  /** Of whoever writes, and of whoever reads a second time. */
  readonly hashes: { readonly writer: string; readonly verifier: string };
  readonly folder: string;
  readonly progress: Progress;
}

const pairSchema = z.object({
  ...{ id: z.string(), principleId: z.string(), answer: z.string() },
  /** Null where nothing was written, or the second reading did not find the flaw. */
  tampered: z.string().nullable(),
});

/** Answers that are tampered with and read again together. */
const batch = 8;

/**
 * A person's pairs, or good answers that the model writes anew so that each breaks each principle; a second reading keeps those in
 * which the flaw is. What an earlier process wrote is not asked for again.
 */
export async function modelPairs(
  job: ModelPairs,
  context: FeedbackContext,
  verifier: FeedbackContext,
): Promise<DrawnPairs> {
  const { pairs, answers, count, folder, progress } = job;
  const { constitution } = context;
  if (pairs !== undefined) return { source: "file", pairs: await readPairs(pairs, constitution), unverified: 0 };
  if (answers === undefined) throw noAnswers();
  const planned = principlesFor(constitution, "critique").flatMap((principle) =>
    answers.slice(0, count).map((answer) => ({ ...answer, id: `${principle.id}-${answer.id}`, principle })),
  );
  const key = contentHash({
    ...{ ...job.hashes, maxTokens: job.maxTokens, seed: context.seed, constitution: constitution.hash },
    planned: planned.map(({ id, response, messages }) => ({ id, response, request: messages.at(-1)?.content ?? "" })),
  });
  makeFolder(folder);
  const log = RecordLog.open(folder, `pairs-${key.slice(0, 8)}`, pairSchema);
  try {
    progress.start("critique", "tampering", planned.length, "answers");
    const kept: TamperedPair[] = [];
    for (let at = 0; at < planned.length; at += batch) {
      const own = planned.slice(at, at + batch);
      if (!log.isDone(String(at))) {
        const verified = await verifyFlaws(await plantFlaws(own, context, job.maxTokens), verifier);
        const byId = new Map(verified.map(({ id, tampered }) => [id, tampered]));
        await log.append(
          String(at),
          own.map(({ id, response, principle }) => ({
            ...{ id, principleId: principle.id, answer: response, tampered: byId.get(id) ?? null },
          })),
        );
      }
      for (const [index, { tampered }] of log.batch(String(at)).entries()) {
        const one = own[index];
        if (one === undefined || tampered === null) continue;
        kept.push({ id: one.id, messages: one.messages, principle: one.principle, clean: one.response, tampered });
      }
      progress.advance(own.length);
    }
    progress.finish();
    return { source: "model", pairs: kept, unverified: planned.length - kept.length };
  } finally {
    log.release();
  }
}

const noAnswers = (): PreceptError =>
  new PreceptError("usage", {
    attempted: "Testing a critic by tampered answers",
    found: "neither --answers nor --pairs",
    expected: "good answers to put flaws into, or pairs with and without a flaw; harbor draws its own",
    remedy: '--answers answers.jsonl, with {"prompt", "response"} on each line',
  });

const answerSchema = z.object({ prompt: z.string().min(1), response: z.string().min(1) });

/** JSON lines {"prompt", "response"}. @throws PreceptError input-invalid, with the lines that are none. */
export async function readAnswers(file: string): Promise<GoodAnswer[]> {
  const answers: GoodAnswer[] = [];
  const faults: string[] = [];
  for await (const line of readJsonLines(file)) {
    const read = "value" in line ? answerSchema.safeParse(line.value) : undefined;
    if (read?.success === true) {
      const { prompt, response } = read.data;
      answers.push({ id: String(line.number), messages: [{ role: "user", content: prompt }], response });
    } else faults.push(`line ${line.number}: ${read === undefined ? "not JSON" : z.prettifyError(read.error)}`);
  }
  if (faults.length === 0 && answers.length > 0) return answers;
  throw new PreceptError("input-invalid", {
    attempted: `Reading answers in ${file}`,
    found: faults.length === 0 ? "no line" : faults.slice(0, 5).join("\n"),
    expected: '{"prompt": "…", "response": "…"} on each line',
  });
}
