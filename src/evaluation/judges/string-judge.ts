import { xstestRefusals } from "../../reading/index.ts";
import { type Compliance, type Judge, judgeHash, type Verdict } from "./judge.ts";
import { complianceByStrings } from "./refusal-strings.ts";

/** The refusal class by the first words of an answer: no model, and no partial refusals (Röttger et al. 2024). */
export function stringJudge(): Judge<Exclude<Compliance, "undetermined">> {
  const identity = { name: "refusal-strings", version: "2", model: null, prompt: xstestRefusals.source };
  return {
    ...identity,
    hash: judgeHash(identity),
    async judge(items) {
      return items.map(({ id, response }): Verdict<Exclude<Compliance, "undetermined">> => {
        const value = complianceByStrings(response);
        const base = { id, raw: response, usage: { promptTokens: 0, completionTokens: 0 } };
        return value === "undetermined"
          ? { ...base, outcome: "undetermined", reason: "empty" }
          : { ...base, outcome: "judged", value, by: "rule" };
      });
    },
  };
}
