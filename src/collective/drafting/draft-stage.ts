import { join } from "node:path";
import type { LanguageModel } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { Progress } from "../../progress/index.ts";
import { readRecords, SCHEMA_VERSION } from "../../records/index.ts";
import { batchesOf, collect, defineStage, finishBatches, type Run } from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import { type Demand, demandsOf, draftDemands } from "./draft-demands.ts";
import { type DraftedStatement, draftedStatementSchema } from "./drafted-statement.ts";
import { plainStatements, type StatementTemplates } from "./templates.ts";

/** What a model made of each statement of a public. */
export const draftStatementsStage = defineStage({
  name: "draft-statements",
  after: [],
  records: { records: draftedStatementSchema },
});

export interface DraftStatementsOptions {
  readonly run: Run;
  readonly statements: readonly { readonly id: string; readonly text: string }[];
  readonly model: LanguageModel;
  /** The model as records name it. */
  readonly drafter: string;
  readonly templates?: StatementTemplates | undefined;
  readonly asksRequests?: boolean | undefined;
  readonly seed?: number | undefined;
  /** Statements that are asked about in one call: local engines are fast in batches only. */
  readonly batch?: number | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Drafts the principles of statements, batch by batch into the run's records; what an earlier process drafted is kept, and
 * the same statements, model and templates are not asked about again. @throws PreceptError interrupted; what the model throws.
 */
export async function draftStatements(options: DraftStatementsOptions): Promise<DraftedStatement[]> {
  const { run, statements, model, drafter, templates = plainStatements, seed = 1, progress, signal } = options;
  const { asksRequests = true, batch = 8 } = options;
  const demands = demandsOf(statements, templates);
  const hash = contentHash({ statements, drafter, template: templates.version, asksRequests, seed });
  let records: DraftedStatement[] = [];
  const outcome = await run.stage(draftStatementsStage, hash, async (writer) => {
    const log = await writer.records("records");
    progress.start("draft", "statements to principles", demands.length, "demands");
    await finishBatches(
      log,
      batchesOf("demands", demands, batch),
      (n) => progress.advance(n),
      async (items) => {
        const drafted = await draftDemands(items, { model, templates, asksRequests, seed, signal });
        return items.map((demand, index) => recordOf(demand, drafted[index], { drafter, templates, seed }));
      },
    );
    records = await collect(log);
    await log.close();
  });
  if (outcome !== "unchanged") return records;
  return Array.fromAsync(
    readRecords(join(run.stageFolder(draftStatementsStage.name), "records.jsonl"), draftedStatementSchema),
  );
}

function recordOf(
  demand: Demand,
  drafted: Awaited<ReturnType<typeof draftDemands>>[number] | undefined,
  {
    drafter,
    templates,
    seed,
  }: { readonly drafter: string; readonly templates: StatementTemplates; readonly seed: number },
): DraftedStatement {
  if (drafted === undefined) throw new Error(`no draft for ${demand.id}`);
  return omitUndefined({
    type: "drafted-statement" as const,
    schemaVersion: SCHEMA_VERSION as typeof SCHEMA_VERSION,
    id: `${draftStatementsStage.name}/${demand.id}`,
    parents: [`statement/${demand.statement}`],
    principleId: null,
    constitutionHash: "",
    templateVersion: templates.version,
    model: drafter,
    seed,
    ...drafted,
  });
}
