import { count, shorten } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "./parts.ts";

/** What asking models has taken, by role. */
export type Spendings = Readonly<Record<string, RoleSpent>>;

export interface RoleSpent {
  readonly model?: string | undefined;
  readonly calls: number;
  readonly cached: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost?: number | undefined;
}

/** All roles in a few words: "$0.12 · 624 calls · 310 k tokens". */
export function formatSpent(spent: Spendings): string {
  const used = Object.values(spent).filter(({ calls, cached }) => calls + cached > 0);
  const sum = (of: (one: RoleSpent) => number): number => used.reduce((total, one) => total + of(one), 0);
  const calls = sum((one) => one.calls);
  const cached = sum((one) => one.cached);
  return [
    formatDollars(totalCost(used)),
    `${count(calls)} calls${cached === 0 ? "" : ` and ${count(cached)} answers from the cache`}`,
    `${shorten(sum(({ promptTokens, completionTokens }) => promptTokens + completionTokens))} tokens`,
  ].join(" · ");
}

/** Dollars; undefined where one that was called has no price. */
function totalCost(used: readonly RoleSpent[]): number | undefined {
  const paid = used.filter(({ calls }) => calls > 0);
  return paid.every(({ cost }) => cost !== undefined) ? paid.reduce((sum, { cost = 0 }) => sum + cost, 0) : undefined;
}

function formatDollars(cost: number | undefined): string {
  if (cost === undefined) return "no price known";
  return cost === 0 ? "$0" : cost < 0.01 ? "< $0.01" : `$${cost.toFixed(2)}`;
}

/** Calls, tokens and dollars of each role; nothing where no model was asked. */
export function moneySection(spent: Spendings): Section | undefined {
  const used = Object.entries(spent).filter(([, { calls, cached }]) => calls + cached > 0);
  if (used.length === 0) return undefined;
  const head = html`<th scope="col">Role</th><th scope="col" class="num">Calls</th><th scope="col" class="num">From the cache</th><th scope="col" class="num">Tokens in</th><th scope="col" class="num">Tokens out</th><th scope="col" class="num">Cost</th>`;
  return {
    id: "money",
    title: "Calls and money",
    body: html`${table("What the models took, by role", head, used.map(moneyRow))}<p class="meta">Over all commands that wrote to this folder. An answer from the cache was paid for before.</p>`,
  };
}

function moneyRow([role, { model, calls, cached, promptTokens, completionTokens, cost }]: [string, RoleSpent]): Html {
  const cells = [count(calls), count(cached), shorten(promptTokens), shorten(completionTokens)];
  return html`<tr><th scope="row">${role}${model === undefined ? undefined : html`<span class="meta">${model}</span>`}</th>${cells.map((cell) => html`<td class="num">${cell}</td>`)}<td class="num">${formatDollars(calls === 0 ? 0 : cost)}</td></tr>`;
}
