import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { loadConstitution } from "../../src/constitution/index.ts";
import { constitutionJudge, foundVerdict } from "../../src/evaluation/index.ts";
import type { LanguageModel } from "../../src/language-model.ts";
import { readRecords } from "../../src/records/index.ts";
import { mcnemar, wilson } from "../../src/statistics/index.ts";

const path = (name: string): string => new URL(`../../templates/support-bot/${name}`, import.meta.url).pathname;
const labelled = z.object({
  id: z.string(),
  principle: z.string(),
  prompt: z.string().optional(),
  messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })).optional(),
  response: z.string(),
  label: z.string(),
});

const judged = z.object({
  id: z.string(),
  /** The answer could be read as a verdict, one that does not count for want of a quotation among them. */
  isRead: z.boolean(),
  verdict: z.string().nullable(),
  label: z.string(),
  /** Why there is no verdict; "" where there is one. */
  undetermined: z.string(),
});
type Judged = z.infer<typeof judged>;
const keptSchema = z.object({ free: z.array(judged), held: z.array(judged) });

/**
 * The judge of a check on `count` labelled answers of the template, free and held to its schema. Each principle's verdicts are
 * kept in a file: what stands there is not asked again.
 */
export async function judgeBothWays(open: () => Promise<LanguageModel>, count: number, file: string) {
  const all = await Array.fromAsync(readRecords(path("labelled.jsonl"), labelled));
  const step = Math.max(1, Math.floor(all.length / count));
  const rows = all.filter((_, index) => index % step === 0).slice(0, count);
  const kept = existsSync(file) ? keptSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : { free: [], held: [] };
  const isWhole = (some: readonly Judged[]): boolean => rows.every(({ id }) => some.some((one) => one.id === id));
  if (isWhole(kept.free) && isWhole(kept.held)) return ofRows(kept, rows);
  const { principles } = await loadConstitution(path("constitution.yaml"));
  const model = await open();
  const free: LanguageModel = {
    ...model,
    generate: (requests, { schema: _, ...options }) => model.generate(requests, options),
  };
  for (const principle of principles) {
    for (const [way, own] of Object.entries({ free, held: model }) as ["free" | "held", LanguageModel][]) {
      const items = rows
        .filter(({ id, principle: of }) => of === principle.id && !kept[way].some((one) => one.id === id))
        .map(({ id, prompt = "", messages = [{ role: "user" as const, content: prompt }], response }) => {
          return { id, messages, response };
        });
      const verdicts = await constitutionJudge(own, [principle]).judge(items, { seed: 1 });
      for (const { id, fields, undetermined = "" } of verdicts) {
        const isRead = fields !== undefined || /^(?:cannot-tell|quote-)/.test(undetermined);
        const label = rows.find((row) => row.id === id)?.label ?? "";
        kept[way].push({ id, isRead, verdict: foundVerdict(fields, principle.id) ?? null, label, undetermined });
      }
      writeFileSync(file, JSON.stringify(kept, null, 1));
    }
  }
  await model.dispose?.();
  return ofRows(kept, rows);
}

function ofRows({ free, held }: z.infer<typeof keptSchema>, rows: readonly { readonly id: string }[]) {
  const own = (some: readonly Judged[]) => some.filter(({ id }) => rows.some((row) => row.id === id));
  return { free: own(free), held: own(held) };
}

/** How many answers were read, were verdicts, and agreed with the label, both ways. */
export function judgeTable({ free, held }: z.infer<typeof keptSchema>): string {
  const share = (some: readonly Judged[], is: (one: Judged) => boolean): string => {
    const { estimate, low, high, n } = wilson(some.filter(is).length, some.length);
    return `${[estimate, low, high]
      .map((value) => (100 * value).toFixed(0))
      .join(" ")
      .replace(/ (\S+) (\S+)$/, " [$1–$2]")} of ${n}`;
  };
  const isRight = ({ verdict, label }: Judged): boolean => verdict === label;
  const row = (name: string, some: readonly Judged[]): string =>
    `| ${[name, share(some, ({ isRead }) => isRead), share(some, ({ verdict }) => verdict !== null), share(some, isRight)].join(" | ")} |`;
  const byId = new Map(free.map((one) => [one.id, one]));
  const test = (is: (one: Judged) => boolean): string => {
    const twins = held.flatMap((one) => byId.get(one.id) ?? []);
    const { difference, pValue } = mcnemar(held.map(is), twins.map(is));
    const [estimate, low, high] = [difference.estimate, difference.low, difference.high].map((value) =>
      (100 * value).toFixed(0),
    );
    return `${estimate} points [${low}, ${high}], p = ${pValue.toPrecision(2)}`;
  };
  return [
    "| the judge of a check | answer read | a verdict | as labelled |",
    "| --- | --: | --: | --: |",
    row("free", free),
    row("held to its schema", held),
    "",
    `Held minus free, paired: read ${test(({ isRead }) => isRead)}; as labelled ${test(isRight)}.`,
  ].join("\n");
}
