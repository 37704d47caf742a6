import { join } from "node:path";
import type { GuardLabelRecord, HeadFile, TokenClassifier } from "../guard/heads/index.ts";
import type { TokenHeadsJob, TrainingResult } from "../training/index.ts";
import { measureHead } from "./guard-calibration.ts";
import { type GuardScoreRecord, scoreRecord } from "./guard-scores.ts";

/** What heads learn: a logit of the whole text, drawn from its tokens, or at every token what the whole will be. */
export type HeadForm = Exclude<NonNullable<TokenHeadsJob["form"]>, "end">;

export interface TrainedForm {
  readonly form: HeadForm;
  readonly trained: TrainingResult;
  /** Folder of its weights beside guard.json, if it is not `checkpoint`. */
  readonly checkpoint?: string | undefined;
  /** Mean area under the curve of the heads on development texts, where forms were compared. */
  readonly areas?: Readonly<Record<string, number>> | undefined;
}

/** Trains heads in one form, or in both and takes the one that tells development texts apart better; the first where neither does. */
export async function trainForms(
  wanted: HeadForm | "best" = "sequence",
  folder: string,
  {
    train,
    areaOf,
  }: {
    readonly train: (form: HeadForm, output: string) => Promise<TrainingResult>;
    readonly areaOf: (folder: string) => Promise<number>;
  },
): Promise<TrainedForm> {
  if (wanted !== "best") return { form: wanted, trained: await train(wanted, folder) };
  const other = join(folder, "every-token");
  const [sequence, everyToken] = [await train("sequence", folder), await train("every-token", other)];
  const areas = { sequence: await areaOf(folder), "every-token": await areaOf(other) };
  return areas["every-token"] > areas.sequence
    ? { form: "every-token", trained: everyToken, checkpoint: "every-token/checkpoint", areas }
    : { form: "sequence", trained: sequence, areas };
}

/** Over the heads that have broken and kept development texts; one half where none has. */
export function meanArea(ids: readonly string[], scores: readonly GuardScoreRecord[]): number {
  const areas = ids.flatMap((id) => measureHead(id, scores).development.auc?.estimate ?? []);
  return areas.length === 0 ? 0.5 : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}

/** What the heads of a model say of labelled texts. */
export async function scoreAll(
  classifier: TokenClassifier,
  file: HeadFile,
  labels: readonly GuardLabelRecord[],
): Promise<GuardScoreRecord[]> {
  const made: GuardScoreRecord[] = [];
  for (const label of labels) {
    const turns = label.messages.map(({ role, content }) => ({ role, text: content }));
    made.push(scoreRecord(label, file, await classifier.read({ turns }, label.text)));
  }
  return made;
}

/** Opens a guard model for as long as `body` takes. */
export async function withClassifier<T>(
  { open }: { readonly open: (folder: string) => Promise<TokenClassifier> },
  folder: string,
  body: (classifier: TokenClassifier) => Promise<T>,
): Promise<T> {
  const classifier = await open(folder);
  try {
    return await body(classifier);
  } finally {
    await classifier.dispose();
  }
}
