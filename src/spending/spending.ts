import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { ModelEvent } from "../models/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { namesIn, writeWhole } from "../storage/index.ts";
import type { Price } from "./prices.ts";

const spentSchema = z.strictObject({
  /** The model that played the role, as records name it. */
  model: z.string().optional(),
  /** What its provider called the model that answered, where it says so: a revision that a name may not pin down. */
  served: z.array(z.string()).optional(),
  /** Calls that went to the provider. */
  calls: z.int().min(0),
  /** Answers that the cache gave for nothing. */
  cached: z.int().min(0),
  retries: z.int().min(0),
  promptTokens: z.number().min(0),
  completionTokens: z.number().min(0),
  /** Requests whose prompts the endpoint seems to have cut: how many, some by name, and what shows it for the first. */
  cutPrompts: z.strictObject({ n: z.int(), ids: z.array(z.string()), oddity: z.string() }).optional(),
  /** Sum of the calls' latencies. */
  busySeconds: z.number().min(0),
  /** US dollars, each call at its model's price of that moment; absent when some call had none. */
  cost: z.number().min(0).optional(),
});
/** What one role has spent. */
export type Spent = z.infer<typeof spentSchema>;

const noSpending: Spent = { calls: 0, cached: 0, retries: 0, promptTokens: 0, completionTokens: 0, busySeconds: 0 };

type SpentByRole = Readonly<Record<string, Spent>>;

/** What a run has spent by role, the clients of its fleet included; nothing for one that asked no models of its own. */
export function readSpent(path: string): SpentByRole {
  return sumSpent([readOwn(path), ...readClients(path)]);
}

function readOwn(path: string): SpentByRole {
  return existsSync(path) ? fileSchema.parse(JSON.parse(readFileSync(path, "utf8"))).roles : {};
}

/** Clients count what they ask in folders of their own beside the run's file. */
function readClients(path: string): SpentByRole[] {
  const folder = join(dirname(path), "shards");
  return namesIn(folder, "folder").map((client) => readOwn(join(folder, client, "spending.json")));
}

function sumSpent(parts: readonly SpentByRole[]): SpentByRole {
  const [first, ...others] = parts.filter((part) => Object.keys(part).length > 0);
  if (first === undefined || others.length === 0) return first ?? {};
  const sums: Record<string, Spent> = { ...first };
  for (const part of others) {
    for (const [role, spent] of Object.entries(part)) {
      const own = sums[role];
      sums[role] = own === undefined ? spent : addSpent(own, spent);
    }
  }
  return sums;
}

function addSpent(a: Spent, b: Spent): Spent {
  const isPriced = [a, b].every(({ calls, cost }) => calls === 0 || cost !== undefined);
  const cost = isPriced ? (a.cost ?? 0) + (b.cost ?? 0) : undefined;
  const cuts = [a.cutPrompts, b.cutPrompts].filter((cut) => cut !== undefined);
  const [cut] = cuts.toSorted((x, y) => ((x.ids[0] ?? "") < (y.ids[0] ?? "") ? -1 : 1));
  const served = [...new Set([...(a.served ?? []), ...(b.served ?? [])])].sort();
  const ids = cuts.flatMap((one) => one.ids).sort();
  return {
    ...omitUndefined({ model: a.model ?? b.model, cost, served: served.length === 0 ? undefined : served }),
    ...(cut === undefined
      ? {}
      : { cutPrompts: { ...cut, n: cuts.reduce((sum, { n }) => sum + n, 0), ids: ids.slice(0, keptIds) } }),
    calls: a.calls + b.calls,
    cached: a.cached + b.cached,
    retries: a.retries + b.retries,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    busySeconds: a.busySeconds + b.busySeconds,
  };
}

const fileSchema = z.strictObject({ version: z.literal(1), roles: z.record(z.string(), spentSchema) });

/** What may be spent at most, over all processes of a run. */
export interface Budget {
  readonly maxCost?: number | undefined;
  readonly maxCalls?: number | undefined;
}

/** US dollars of what was spent at a price per million tokens. */
function costOf({ promptTokens, completionTokens }: Pick<Spent, "promptTokens" | "completionTokens">, price: Price) {
  return (promptTokens * price.input + completionTokens * price.output) / 1e6;
}

/** Ids kept, so that a batch that is done again after a kill is not counted twice. */
const keptIds = 1000;

/** The first by name comes first, whatever the order in which they came. */
function addCut(
  before: Spent["cutPrompts"],
  { id, oddity }: Extract<ModelEvent, { readonly type: "cut-prompt" }>,
): NonNullable<Spent["cutPrompts"]> {
  if (before === undefined) return { n: 1, ids: [id], oddity };
  if (before.ids.includes(id)) return before;
  const n = before.n + 1;
  if (id < (before.ids[0] ?? id)) return { n, ids: [id, ...before.ids.slice(0, keptIds - 1)], oddity };
  return { ...before, n, ids: before.ids.length < keptIds ? [...before.ids, id] : before.ids };
}

/**
 * What a run has spent, by role, over all its processes, in `spending.json`; and whether a further call still fits into the
 * budget. A killed process loses the note of its last second, never more.
 */
export class Spending {
  readonly #path: string;
  readonly #budget: Budget;
  readonly #prices: Readonly<Record<string, Price>>;
  readonly #spent: Record<string, Spent>;
  #reservedCalls = 0;
  #reservedCost = 0;
  #waiting: (() => void)[] = [];
  #savedAt = Number.NEGATIVE_INFINITY;
  /** Of the clients of its fleet. */
  #elsewhere: SpentByRole = {};

  constructor(path: string, budget: Budget, prices: Readonly<Record<string, Price>>) {
    this.#path = path;
    this.#budget = budget;
    this.#prices = prices;
    this.#spent = { ...this.#atPrices(readOwn(path)) };
    this.refresh();
  }

  /** Looks at what the clients of its fleet have spent. */
  refresh(): void {
    this.#elsewhere = this.#atPrices(sumSpent(readClients(this.#path)));
  }

  /** Over the run and all its clients. */
  get roles(): Readonly<Record<string, Spent>> {
    return sumSpent([this.#spent, this.#elsewhere]);
  }

  /** Of all that was asked, in and out. */
  get tokens(): number {
    return Object.values(this.roles).reduce((sum, own) => sum + own.promptTokens + own.completionTokens, 0);
  }

  /** What was asked without a price, or noted before dollars were kept, costs what its role's model costs today. */
  #atPrices(spent: SpentByRole): SpentByRole {
    const priced = Object.entries(spent).map(([role, own]) => {
      const price = this.#prices[role];
      if (own.cost !== undefined || own.calls === 0) return [role, own] as const;
      if (price !== undefined) return [role, { ...own, cost: costOf(own, price) }] as const;
      if (this.#budget.maxCost !== undefined) throw unpricedError(this.#path, role, this.#budget.maxCost);
      return [role, own] as const;
    });
    return Object.fromEntries(priced);
  }

  /** Dollars so far; undefined when a model that was called had no price. */
  get cost(): number | undefined {
    let sum = 0;
    for (const { calls, cost } of Object.values(this.roles)) {
      if (calls === 0) continue;
      if (cost === undefined) return undefined;
      sum += cost;
    }
    return sum;
  }

  get calls(): number {
    return Object.values(this.roles).reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Says which model plays a role. */
  nameModel(role: string, model: string): void {
    this.#spent[role] = { ...(this.#spent[role] ?? noSpending), model };
  }

  note(role: string, event: ModelEvent): void {
    const own = this.#spent[role] ?? noSpending;
    if (event.type === "served") {
      this.#spent[role] = { ...own, served: [...new Set([...(own.served ?? []), event.model])].sort() };
    }
    if (event.type === "cut-prompt") this.#spent[role] = { ...own, cutPrompts: addCut(own.cutPrompts, event) };
    if (event.type === "retry") this.#spent[role] = { ...own, retries: own.retries + 1 };
    if (event.type !== "call") return;
    const { usage, latencyMs, isCached } = event;
    const price = this.#prices[role];
    const before = own.calls === 0 ? 0 : own.cost;
    this.#spent[role] = isCached
      ? { ...own, cached: own.cached + 1 }
      : {
          ...own,
          cost: price === undefined || before === undefined ? undefined : before + costOf(usage, price),
          calls: own.calls + 1,
          promptTokens: own.promptTokens + usage.promptTokens,
          completionTokens: own.completionTokens + usage.completionTokens,
          busySeconds: own.busySeconds + latencyMs / 1000,
        };
    if (performance.now() - this.#savedAt > 1000) this.save();
  }

  save(): void {
    this.#savedAt = performance.now();
    writeWhole(this.#path, `${JSON.stringify({ version: 1, roles: this.#spent }, null, 2)}\n`);
  }

  /**
   * Waits until these calls fit beside those under way, and keeps their place; false when they will not fit. What turns out
   * to be cached gives its place back, so that a budget of ten calls does not end after ten answers from the cache.
   */
  async reserve(
    role: string,
    calls: number,
    tokens: Pick<Spent, "promptTokens" | "completionTokens">,
  ): Promise<boolean> {
    while (!this.tryReserve(role, calls, tokens)) {
      if (this.#reservedCalls === 0) return false;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return true;
  }

  /** Keeps a place for these calls if they fit now, without waiting for those under way. */
  tryReserve(role: string, calls: number, tokens: Pick<Spent, "promptTokens" | "completionTokens">): boolean {
    const price = this.#prices[role];
    const cost = price === undefined ? 0 : calls * costOf(tokens, price);
    if (!this.#fits(calls, cost)) return false;
    this.#reservedCalls += calls;
    this.#reservedCost += cost;
    return true;
  }

  release(role: string, calls: number, tokens: Pick<Spent, "promptTokens" | "completionTokens">): void {
    const price = this.#prices[role];
    this.#reservedCalls -= calls;
    this.#reservedCost -= price === undefined ? 0 : calls * costOf(tokens, price);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /**
   * What one client of `of` may spend in all, by its own count: what it has spent, and its part of what is left. The parts are dealt when
   * nobody spends, so together they keep the limit; calls that are left over go to the first. @throws PreceptError budget-reached where
   * calls are left, and none for this client.
   */
  shareFor({ client, name }: { readonly client: number; readonly name: string }, of: number): Budget {
    const { maxCost, maxCalls } = this.#budget;
    const own = Object.values(readOwn(join(dirname(this.#path), "shards", name, "spending.json")));
    const calls = own.reduce((sum, spent) => sum + spent.calls, 0);
    const cost = own.reduce((sum, spent) => sum + (spent.cost ?? 0), 0);
    const left = Math.max(0, (maxCalls ?? 0) - this.calls);
    const part = Math.floor(left / of) + (client <= left % of ? 1 : 0);
    if (left > 0 && part === 0) throw tooMany(left, of);
    return omitUndefined({
      maxCost: maxCost === undefined ? undefined : cost + Math.max(0, maxCost - (this.cost ?? 0)) / of,
      maxCalls: maxCalls === undefined ? undefined : calls + part,
    });
  }

  /** The error of a run whose budget is spent. */
  limitError(): PreceptError {
    const { maxCost, maxCalls } = this.#budget;
    const isCost = maxCost !== undefined && !(maxCalls !== undefined && this.calls >= maxCalls);
    const shown = isCost ? `$${(this.cost ?? 0).toFixed(2)} of $${maxCost}` : `${this.calls} of ${maxCalls} calls`;
    return new PreceptError("budget-reached", {
      attempted: "Keeping within the budget",
      found: `the budget is reached: ${shown} spent, and the next call would not fit`,
      remedy: `the same command with a higher --max-${isCost ? "cost" : "calls"} continues; answers so far are kept`,
    });
  }

  #fits(calls: number, cost: number): boolean {
    const { maxCost, maxCalls } = this.#budget;
    if (maxCalls !== undefined && this.calls + this.#reservedCalls + calls > maxCalls) return false;
    return maxCost === undefined || (this.cost ?? 0) + this.#reservedCost + cost <= maxCost;
  }
}

function tooMany(left: number, of: number): PreceptError {
  return new PreceptError("budget-reached", {
    attempted: `Sharing what is left of the budget between ${of} clients`,
    found: left === 1 ? "1 call" : `${left} calls`,
    expected: "at least one for each",
    remedy: "fewer --shards, or a higher --max-calls",
  });
}

function unpricedError(path: string, role: string, maxCost: number): PreceptError {
  return new PreceptError("usage", {
    attempted: `Keeping within $${maxCost}`,
    found: `calls of ${role} in ${path} whose price is not known`,
    expected: "a price for everything that was asked before, since the limit holds against the whole sum",
    remedy: `name the model that was ${role} then, with its price, or write to another folder`,
  });
}
