import type { Principle } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { constitutionJudge, foundVerdict } from "../evaluation/index.ts";
import type { ReadingRecord, ResponseRecord } from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { batchesOf, finishBatches } from "../runs/index.ts";
import type { AiFeedbackJob, AnsweredPrompt } from "./ai-feedback-job.ts";
import { type Gate, readGate } from "./contrast-counts.ts";
import { signalOf } from "./train.ts";

const stage = "ai-feedback";

/** Prompts of a principle whose answers a judge reads before any is labelled. */
const gatePrompts = 40;

/** A judge's verdicts on the first answers of each principle, and what follows from them. */
export async function readGates(
  job: AiFeedbackJob,
  least: number,
  answered: AsyncIterable<AnsweredPrompt>,
): Promise<ReadonlyMap<string, Gate>> {
  const { context, inputs, options, log, meter, tellRecords } = job;
  const { judge } = inputs;
  const tell = (text: string): void => context.progress.message(`${"gate".padEnd(16)} ${text}`);
  if (judge === undefined) {
    tell("whether the model can express the principles was read by nobody: name models.judge");
    return new Map();
  }
  const asked: { readonly response: ResponseRecord; readonly principle: Principle }[] = [];
  const counts = new Map<string, number>();
  for await (const { principle, responses } of answered) {
    const count = counts.get(principle.id) ?? 0;
    if (count >= gatePrompts) continue;
    counts.set(principle.id, count + 1);
    const [plain, positive] = [undefined, "positive"].map((side) => responses.find((one) => one.context === side));
    if (plain !== undefined && positive !== undefined)
      asked.push({ response: plain, principle }, { response: positive, principle });
  }
  context.progress.start(stage, "whether principles can be expressed", asked.length, "answers");
  await withModel(judge.open, async (open) => {
    const read = async (items: readonly (typeof asked)[number][]): Promise<ReadingRecord[]> => {
      const model = await open();
      const records = items.map(async ({ response, principle }): Promise<ReadingRecord> => {
        const { id, messages, response: text, promptId, seed, context: side } = response;
        const judging = { seed, ...signalOf(context) };
        const [said] = await constitutionJudge(model, [principle]).judge([{ id, messages, response: text }], judging);
        meter.countSampled(said?.tokens ?? 0);
        return {
          type: "reading",
          schemaVersion: SCHEMA_VERSION,
          constitutionHash: context.constitution.hash,
          templateVersion: context.templates.version,
          model: judge.name,
          id: `${id}/reading`,
          parents: [id],
          principleId: principle.id,
          seed,
          promptId,
          context: side,
          verdict: foundVerdict(said?.fields, principle.id) ?? "undetermined",
        };
      });
      return tellRecords(await Promise.all(records));
    };
    const batches = batchesOf("gate", asked, options.batchPairs);
    await finishBatches(
      log,
      batches,
      (items) => context.progress.advance(items),
      read,
      judge.concurrency ?? context.concurrency,
    );
  });
  const readings = Map.groupBy(
    batchesOf("gate", asked, options.batchPairs)
      .flatMap(({ id }) => log.batch(id))
      .filter((record) => record.type === "reading"),
    ({ principleId }) => principleId,
  );
  const gates = new Map([...readings].map(([id, own]) => [id, readGate(own, least)]));
  for (const [id, gate] of gates) tell(describeGate(id, gate, context.constitution.principles));
  refuseInexpressible(gates, least);
  return gates;
}

/** In words, e.g. "brief: kept in 11 % of 38 answers, in 55 % of 39 when told to". */
function describeGate(id: string, { base, positive, isExpressed }: Gate, principles: readonly Principle[]): string {
  if (base === undefined || positive === undefined) return `${id}: at stake in none of the answers read`;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  const rates = `${id}: kept in ${percent(base.estimate)} of ${base.n} answers, in ${percent(positive.estimate)} of ${positive.n} when told to`;
  if (isExpressed === true) return rates;
  const hasShown = (principles.find((one) => one.id === id)?.demonstrations ?? []).length > 0;
  return `${rates}: ${hasShown ? "the model cannot express it" : "the model does not express it; try two demonstrations on the principle"}; its pairs are left out`;
}

function refuseInexpressible(gates: ReadonlyMap<string, Gate>, gate: number): void {
  const known = [...gates].filter(([, { isExpressed }]) => isExpressed !== undefined);
  if (known.length === 0 || known.some(([, { isExpressed }]) => isExpressed === true)) return;
  throw new PreceptError("monitor-tripped", {
    attempted: "Labelling by contrast",
    found: `none of ${known.map(([id]) => id).join(", ")} is kept more often when the model is told to keep it`,
    expected: `a rise of at least ${gate} between its answers without and under a principle's positive context`,
    remedy:
      "two demonstrations on the principle, another wording of positive, or a larger model; whenUseless: continue goes on all the same",
  });
}
