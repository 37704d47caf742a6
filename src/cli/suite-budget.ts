import { PreceptError } from "../errors.ts";
import type { LanguageModel } from "../language-model.ts";
import { type cutPromptNotice, defaultVotes, openModel } from "../models/index.ts";
import { recordName } from "../project/index.ts";
import { type Price, type Spending, withBudget } from "../spending/index.ts";
import type { CliContext } from "./context.ts";
import type { PlannedModels, SuitePlan } from "./plan-suites.ts";
import { dollars } from "./show-plan.ts";

export type SuiteRole = "target" | "attacker" | "judge";

/** MODEL=IN,OUT in dollars per million tokens; a model's name may hold "=" itself. */
export function parsePrice(text: string): readonly [string, Price] {
  const parts = /^(.+)=([\d.]+),([\d.]+)$/u.exec(text);
  const [name, input, output] = [parts?.[1], Number(parts?.[2]), Number(parts?.[3])];
  if (name !== undefined && Number.isFinite(input) && Number.isFinite(output)) return [name, { input, output }];
  throw new PreceptError("usage", {
    attempted: "Reading --price",
    found: `"${text}"`,
    expected: "MODEL=IN,OUT in dollars per million tokens, e.g. openai:gpt-4o=2.5,10",
  });
}

/** Prices by role, as far as they are known. */
export function pricesOf(models: PlannedModels): Record<string, Price> {
  const { subjects: _, ...roles } = models;
  return Object.fromEntries(
    Object.entries(roles).flatMap(([role, model]) =>
      model?.price === undefined ? [] : [[role, model.price] as const],
    ),
  );
}

/** @throws PreceptError usage: a limit in dollars needs a price for every model that is asked. */
export function refuseUnpriced(plans: readonly SuitePlan[], maxCost: number | undefined): void {
  if (maxCost === undefined) return;
  const unpriced = plans.flatMap(({ roles }) => roles).find(({ cost }) => cost === undefined);
  if (unpriced === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Evaluating with a limit of $${maxCost}`,
    found: `no price for ${unpriced.model}`,
    expected: "a price for every model",
    remedy: `--price ${unpriced.model}=IN,OUT, in dollars per million tokens`,
  });
}

/** A hosted model whose calls are counted, and asked no further than the budget goes. */
export async function openWithin(
  context: CliContext,
  role: SuiteRole,
  name: string,
  spending: Spending,
  noteCut: ReturnType<typeof cutPromptNotice>,
): Promise<LanguageModel> {
  const opened = await openModel(name, {
    env: context.env,
    signal: context.signal,
    votes: defaultVotes,
    onEvent: (event) => {
      spending.note(role, event);
      noteCut(recordName(name), event);
      if (event.type === "warning") context.process.stderr.write(`precept: warning: ${event.text}\n`);
    },
  });
  return withBudget(opened, role, defaultVotes, spending);
}

/** What was asked of hosted models, over all commands that wrote to this folder. */
export function showSpent({ calls, cost, roles }: Spending): string[] {
  const cached = Object.values(roles).reduce((sum, own) => sum + own.cached, 0);
  if (calls + cached === 0) return [];
  const dollarsSpent = cost === undefined ? "no price known" : dollars(cost);
  return [
    `spent in this folder: ${dollarsSpent}, ${calls} calls${cached === 0 ? "" : `, ${cached} answers from the cache`}`,
  ];
}
