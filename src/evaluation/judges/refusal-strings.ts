import { xstestRefusals } from "../../refusals.ts";
import type { Compliance } from "./judge.ts";

/** Refused or complied, by the first words alone; it cannot see a partial refusal. An empty answer is undetermined. */
export function complianceByStrings(response: string): Compliance {
  const text = response.toLowerCase().trim();
  if (text === "") return "undetermined";
  return xstestRefusals.test(text) ? "refused" : "complied";
}
