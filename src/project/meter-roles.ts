import { join } from "node:path";
import { isInProcess, openWithin, type Subject } from "../evaluation/index.ts";
import type { LanguageModel, Usage } from "../language-model.ts";
import type { Env } from "../models/index.ts";
import type { Progress } from "../progress/index.ts";
import { type Price, pricesByRole, refuseUnpriced, Spending } from "../spending/index.ts";

export interface RoleBudget {
  /** US dollars over all processes of the run. */
  readonly maxCost?: number | undefined;
  /** Where no price is known, dollars per million tokens. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
}

interface MeterOptions<Role extends string> extends RoleBudget {
  readonly folder: string;
  /** Who is asked, by what a person called them. */
  readonly models: Readonly<Record<Role, string | undefined>>;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts what each role is asked, in the run's `spending.json`; hosted models are asked within the budget.
 * @throws PreceptError usage where a limit in dollars meets a model without a price.
 */
export function meterRoles<Role extends string>({
  folder,
  models,
  maxCost,
  prices: given,
  env,
  progress,
  signal,
}: MeterOptions<Role>) {
  const named = Object.entries<string | undefined>(models).flatMap(([role, name]) =>
    name === undefined ? [] : [{ role, name }],
  );
  const own = named.filter(({ name }) => isInProcess(name)).map(({ role }) => [role, { input: 0, output: 0 }] as const);
  const prices = { ...pricesByRole(models, given), ...Object.fromEntries(own) };
  refuseUnpriced(
    named.map(({ role, name }) => ({ name, isPriced: role in prices })),
    maxCost,
    (name) => `--price ${name}=IN,OUT, in dollars per million tokens`,
  );
  const spending = new Spending(join(folder, "spending.json"), { maxCost }, prices);
  const openHosted = openWithin({ spending, env, signal, warn: (text) => progress.message(text) });
  return {
    spending,
    /** A role's subject, every request of which is counted. */
    meter(role: Role, subject: Subject): Subject {
      const name = models[role];
      if (name === undefined) return subject;
      const open = isInProcess(name)
        ? async () => countCalls(await subject.open(), role, spending)
        : () => openHosted(role, name);
      return { ...subject, open };
    },
  };
}

/** A model of this process costs nothing, and its tokens are counted all the same. */
function countCalls(model: LanguageModel, role: string, spending: Spending): LanguageModel {
  async function* through<A extends { readonly usage: Usage }>(
    kind: "generate" | "choose" | "score",
    answers: AsyncIterable<A>,
  ) {
    for await (const answer of answers) {
      spending.note(role, { type: "call", kind, usage: answer.usage, latencyMs: 0, attempts: 1, isCached: false });
      yield answer;
    }
  }
  return {
    id: model.id,
    capabilities: model.capabilities,
    generate: (requests, options) => through("generate", model.generate(requests, options)),
    choose: (requests, options) => through("choose", model.choose(requests, options)),
    score: (requests, options) => through("score", model.score(requests, options)),
    dispose: async () => model.dispose?.(),
  };
}
