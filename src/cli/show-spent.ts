import { PreceptError } from "../errors.ts";
import type { Price, Spending } from "../spending/index.ts";
import { dollars } from "./show-plan.ts";

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

/** What was asked of hosted models, over all commands that wrote to this folder. */
export function showSpent({ calls, cost, roles }: Pick<Spending, "calls" | "cost" | "roles">): string[] {
  const cached = Object.values(roles).reduce((sum, own) => sum + own.cached, 0);
  if (calls + cached === 0) return [];
  const dollarsSpent = cost === undefined ? "no price known" : dollars(cost);
  return [
    `spent in this folder: ${dollarsSpent}, ${calls} calls${cached === 0 ? "" : `, ${cached} answers from the cache`}`,
  ];
}
