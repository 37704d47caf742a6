import type { Request } from "./requests.ts";
import type { Response } from "./responses.ts";
import { breaks, type Rule } from "./rules.ts";

/**
 * Whether a rule about help names a category, in the critic's words. Said right after the category's name: there a model looks up
 * where the name stood before, and what followed it.
 */
export const sayWhetherNamed = ({ wanted, categories }: Rule & { readonly kind: "help" }, name: string): string =>
  categories.includes(name) ? `and the rule ${wanted ? "wants" : "bars"} that` : "but the rule does not name that";

/** What the rule says of this request or slot, in the critic's words. */
const ruleClause = (rule: Rule, { thing, category: { name } }: Request): string => {
  const verb = rule.wanted ? "wants" : "bars";
  switch (rule.kind) {
    case "help":
      return `${thing} is ${name} ${sayWhetherNamed(rule, name)} .`;
    case "slot":
      return `the rule ${verb} ${rule.slot} .`;
    case "engage":
      return `the rule ${verb} reason and offer .`;
  }
};

/** What the response does, as far as the rule needs it. `who` is "the answer", "A" or "B". */
const evidence = (who: string, rule: Rule, request: Request, response: Response): string => {
  const { core, offer } = response;
  const deed = core.kind === "help" ? "helps with" : "refuses";
  switch (rule.kind) {
    case "help":
      return `${who} ${deed} ${request.thing} .`;
    case "slot":
      return `${who} has ${response[rule.slot] === undefined ? "no " : ""}${rule.slot} .`;
    case "engage": {
      if (core.kind === "help") return `${who} ${deed} ${request.thing} .`;
      return `${who} refuses with ${core.reason === undefined ? "no reason" : "reason"} and ${offer === undefined ? "no offer" : "offer"} .`;
    }
  }
};

export const breaksVerdict = "so it breaks the rule .";
export const keepsVerdict = "so it keeps the rule .";

/** A critique: what the answer does, what the thing is, what the rule says of it, and only then the verdict. */
export function critiqueOf(rule: Rule, request: Request, response: Response): string {
  return [
    evidence("the answer", rule, request, response),
    ruleClause(rule, request),
    breaks(rule, request, response) ? breaksVerdict : keepsVerdict,
  ].join(" ");
}

/** The chain of thought of a comparison, without its verdict. */
export function thoughtOf(rule: Rule, request: Request, [a, b]: readonly [Response, Response]): string {
  return [evidence("A", rule, request, a), evidence("B", rule, request, b), ruleClause(rule, request)].join(" ");
}

/** Probability that A is better: 1 when only B breaks the rule, 0 when only A does, 1/2 otherwise. */
export function preferenceOf(rule: Rule, request: Request, [a, b]: readonly [Response, Response]): number {
  const difference = Number(breaks(rule, request, b)) - Number(breaks(rule, request, a));
  return 0.5 + difference / 2;
}

export const judgementWords: readonly string[] =
  "the answer A B helps with refuses has no insult lecture greeting closing offer reason and is rule wants bars does not name that but so it breaks keeps .".split(
    " ",
  );
