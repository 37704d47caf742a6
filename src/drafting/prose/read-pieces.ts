import { join } from "node:path";
import { z } from "zod";
import type { LanguageModel } from "../../language-model.ts";
import { cutPromptNotice, type Env, type OpenModel, openModel } from "../../models/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { Progress } from "../../progress/index.ts";
import { provenance, readRecords, SCHEMA_VERSION } from "../../records/index.ts";
import { batchesOf, collect, defineStage, finishBatches, type RecordLog, type Run } from "../../runs/index.ts";
import { type Spending, withBudget } from "../../spending/index.ts";
import { draftPiece, proseTemplate } from "./draft-piece.ts";
import type { Piece } from "./passages.ts";
import { proseConcurrency } from "./plan.ts";

const pieceSchema = z.object({
  type: z.literal("drafted-piece"),
  ...provenance,
  drafts: z.array(z.object({ text: z.string(), quote: z.string(), passages: z.array(z.int().min(0)) })),
  refused: z.array(z.object({ text: z.string(), quote: z.string(), fault: z.string() })),
  fault: z.string().optional(),
  /** What the model said instead. */
  said: z.string().optional(),
});
export type PieceRecord = z.infer<typeof pieceSchema>;

/** What a model read out of each piece of a document. */
export const draftStage = defineStage({ name: "draft", after: [], records: { records: pieceSchema } });

/** One seed: at temperature 0 it decides nothing but what caches know. */
export const proseSeed = 1;

export interface Reading {
  readonly model: string | LanguageModel;
  /** As records name it. */
  readonly reader: string;
  readonly spending: Spending;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Every piece's record, those that an earlier process made among them. @throws PreceptError budget-reached, interrupted; what the model throws. */
export async function readAll(
  run: Run,
  pieces: readonly Piece[],
  hash: string,
  reading: Reading,
): Promise<PieceRecord[]> {
  let records: PieceRecord[] = [];
  const outcome = await run.stage(draftStage, hash, async (writer) => {
    const log = await writer.records("records");
    await readPieces(pieces, log, reading);
    records = await collect(log);
    await log.close();
  });
  if (outcome !== "unchanged") return records;
  return Array.fromAsync(readRecords(join(run.stageFolder(draftStage.name), "records.jsonl"), pieceSchema));
}

async function readPieces(
  pieces: readonly Piece[],
  log: RecordLog<PieceRecord>,
  { model: name, reader, env, signal, progress, spending }: Reading,
): Promise<void> {
  const noteCut = cutPromptNotice((text) => progress.message(`warning      ${text}`));
  const model: OpenModel = await openModel(name, {
    env,
    signal,
    throughput: { maxConcurrency: proseConcurrency },
    onEvent: (event) => {
      spending.note("drafter", event);
      noteCut(reader, event);
      if (event.type === "warning") progress.message(event.text);
    },
  });
  spending.nameModel("drafter", reader);
  const asked = withBudget(model, "drafter", 1, spending);
  progress.start("import", "reading", pieces.length, "pieces");
  try {
    await finishBatches(
      log,
      batchesOf("piece", pieces, 1),
      (n) => progress.advance(n),
      async (items) =>
        Promise.all(
          items.map(async (piece) =>
            recordOf(piece, reader, await draftPiece(piece, asked, { seed: proseSeed, signal })),
          ),
        ),
      model.report.choice === "engine" ? 1 : proseConcurrency,
    );
  } finally {
    spending.save();
    await model.dispose?.();
  }
}

function recordOf(
  { id }: Piece,
  model: string,
  { drafts, refused, fault, said }: Awaited<ReturnType<typeof draftPiece>>,
): PieceRecord {
  return omitUndefined({
    type: "drafted-piece" as const,
    schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
    id: `${draftStage.name}/${id}`,
    parents: [],
    principleId: null,
    constitutionHash: "",
    templateVersion: proseTemplate,
    model,
    seed: proseSeed,
    drafts: drafts.map(({ text, quote, passages }) => ({ text, quote, passages: passages.map(({ index }) => index) })),
    refused: [...refused],
    fault,
    said,
  });
}
