import { PreceptError } from "../errors.ts";
import { type Price, priceOf } from "./prices.ts";

/** Prices by role, as far as they are known: stated in `given`, or listed. Roles without a model are left out. */
export function pricesByRole(
  models: Readonly<Record<string, string | undefined>>,
  given: Readonly<Record<string, Price>> = {},
): Record<string, Price> {
  return Object.fromEntries(
    Object.entries(models).flatMap(([role, name]) => {
      const price = name === undefined ? undefined : priceOf(name, given);
      return price === undefined ? [] : [[role, price] as const];
    }),
  );
}

/** @throws PreceptError usage: a limit in dollars needs a price for every model that is asked. */
export function refuseUnpriced(
  models: readonly { readonly name: string; readonly isPriced: boolean }[],
  maxCost: number | undefined,
  remedy: (name: string) => string,
): void {
  if (maxCost === undefined) return;
  const names = [...new Set(models.filter(({ isPriced }) => !isPriced).map(({ name }) => name))];
  const [first] = names;
  if (first === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Keeping within $${maxCost}`,
    found: `no price for ${names.join(", ")}`,
    expected: "a price for every model",
    remedy: remedy(first),
  });
}
