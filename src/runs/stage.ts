import type { z } from "zod";
import type { Manifest } from "./manifest.ts";
import type { Identified } from "./record-log.ts";

/** Records of a stage by the name of their file: "records" stands for records.jsonl. */
export type StageRecords = Readonly<Record<string, Identified>>;

export type RecordSchemas<R extends StageRecords> = { readonly [K in keyof R]: z.ZodType<R[K]> };

/** A stage as its room declares it. */
export interface Stage<R extends StageRecords = StageRecords> {
  /** Of its folder in the run, its manifest entry and its command. */
  readonly name: string;
  /** Names of the stages whose work it reads: when one of them is done anew, this one is out of date. */
  readonly after: readonly string[];
  readonly records: RecordSchemas<R>;
}

const stageName = /^[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*$/;

/** Declares a stage. @throws Error for a name that could not be a folder's on every system. */
export function defineStage<R extends StageRecords>(stage: Stage<R>): Stage<R> {
  if (!stageName.test(stage.name))
    throw new Error(`the stage name ${JSON.stringify(stage.name)} does not fit ${stageName}`);
  return stage;
}

/** The same stage under another name, so that it may stand several times in one run. */
export function renameStage<R extends StageRecords>(
  stage: Stage<R>,
  name: string,
  after: readonly string[] = stage.after,
): Stage<R> {
  return defineStage({ ...stage, name, after });
}

/** Each stage behind those that it comes after, otherwise in the order given. */
export function orderStages<T extends Pick<Stage, "name" | "after">>(stages: readonly T[]): T[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ordered = new Set<T>();
  const visit = (stage: T, path: ReadonlySet<T>): void => {
    if (ordered.has(stage) || path.has(stage)) return;
    for (const name of stage.after) {
      const earlier = byName.get(name);
      if (earlier !== undefined) visit(earlier, new Set([...path, stage]));
    }
    ordered.add(stage);
  };
  for (const stage of stages) visit(stage, new Set());
  return [...ordered];
}

/** Names of a run's stages, each behind those that it comes after. */
export function orderedStages({ stages }: Pick<Manifest, "stages">): string[] {
  return orderStages(Object.entries(stages).map(([name, { after }]) => ({ name, after }))).map(({ name }) => name);
}

/** Names of the stages that read the work of this one, themselves or by way of others. */
export function stagesAfter(
  name: string,
  stages: Readonly<Record<string, { readonly after: readonly string[] }>>,
): Set<string> {
  const found = new Set<string>();
  const visit = (earlier: string): void => {
    for (const [later, { after }] of Object.entries(stages)) {
      if (later === name || found.has(later) || !after.includes(earlier)) continue;
      found.add(later);
      visit(later);
    }
  };
  visit(name);
  return found;
}
