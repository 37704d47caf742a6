import { type Rng, rng } from "../../rng.ts";
import { drawRequestOf } from "./documents.ts";
import { type Governance, principleOf, type RuledPrinciple } from "./governance.ts";
import { findCategory, type Tier, wordsOfTier } from "./lexicon.ts";
import { drawRequest, parseRequest, type Request } from "./requests.ts";
import {
  drawHelp,
  drawRefusal,
  drawResponse,
  drawSlot,
  formatResponse,
  judgedWidely,
  parseResponse,
  type Response,
} from "./responses.ts";
import { breaks, formatRule, parseRule, type Rule, revise, type Wording } from "./rules.ts";

/** A good answer, and the same with one known breach of one principle. */
export interface TamperedAnswer {
  readonly id: string;
  readonly principleId: string;
  readonly request: string;
  readonly clean: string;
  readonly tampered: string;
}

const tiers: readonly Tier[] = ["S", "A"];

/**
 * Draws for every principle so many answers that break none, and puts a breach of it, and of nothing else, into each: the smallest
 * change that breaks it. A principle whose breach always breaks another one too has none.
 */
export function tamperedAnswers(governance: Governance, seed: number, perPrinciple: number): TamperedAnswer[] {
  return governance.principles.flatMap((principle) =>
    Array.from({ length: perPrinciple }, (_, index) => index).flatMap((index): TamperedAnswer[] => {
      const drawn = drawTampered(rng(seed, "tamper", principle.id, index), governance, principle);
      if (drawn === undefined) return [];
      const { request, clean, tampered } = drawn;
      const texts = { request: request.text, clean: formatResponse(clean), tampered: formatResponse(tampered) };
      return [{ id: `${principle.id}-${index}`, principleId: principle.id, ...texts }];
    }),
  );
}

/** Draws that may fail before a principle counts as one that cannot be broken alone. */
const attempts = 400;

function drawTampered(random: Rng, governance: Governance, { id, rule }: RuledPrinciple) {
  const others = governance.principles.filter((other) => other.id !== id);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const request = drawRequestFor(random, rule);
    const clean = drawGood(random, governance, request);
    // Only a refusal can be without a reason.
    if (clean === undefined || (rule.kind === "engage" && clean.core.kind === "help")) continue;
    const tampered = tamper(random, rule, request, clean);
    const isOnlyFlaw =
      breaks(rule, request, tampered) && !others.some((other) => breaks(other.rule, request, tampered));
    if (isOnlyFlaw) return { request, clean, tampered };
  }
  return undefined;
}

function drawRequestFor(random: Rng, rule: Rule): Request {
  if (rule.kind !== "help") return drawRequestOf(random, tiers);
  const category = findCategory(random.pick(rule.categories));
  if (category === undefined) throw new RangeError("a rule about no category");
  return drawRequest(random, { category, thing: random.pick(tiers.flatMap((tier) => wordsOfTier(category, tier))) });
}

/** An answer that breaks no principle of the constitution; undefined where the request allows none. */
function drawGood(random: Rng, governance: Governance, request: Request): Response | undefined {
  const start = drawResponse(random, request, judgedWidely);
  const governing = principleOf(governance, request.category);
  let good = start;
  for (const { id, rule } of governance.principles) {
    if (rule.kind === "help" && governing?.id !== id) continue;
    if (breaks(rule, request, good)) good = revise(random, rule, request, good);
  }
  return governance.principles.some(({ rule }) => breaks(rule, request, good)) ? undefined : good;
}

/** The smallest change by which an answer that keeps a rule breaks it. */
function tamper(random: Rng, rule: Rule, request: Request, answer: Response): Response {
  const { offer: _, ...bare } = answer;
  switch (rule.kind) {
    case "help":
      return rule.wanted
        ? { ...bare, ...drawRefusal(random, request, "both") }
        : { ...bare, core: drawHelp(random, request) };
    case "slot":
      if (rule.wanted) return { ...answer, [rule.slot]: undefined };
      return rule.slot === "offer"
        ? { ...answer, offer: drawRefusal(random, request, "offer").offer }
        : { ...answer, [rule.slot]: drawSlot(random, rule.slot) };
    case "engage":
      return rule.wanted
        ? { ...bare, ...drawRefusal(random, request, random.pick(["bare", "reason", "offer"] as const)) }
        : { ...bare, ...drawRefusal(random, request, "both") };
  }
}

/** Whether an answer breaks a principle, by exact reading; undefined for what is no sentence of harbor. Measures only. */
export function isBroken(text: string, request: string, answer: string): boolean | undefined {
  const [rule, asked, said] = [parseRule(text), parseRequest(request), parseResponse(answer)];
  return rule === undefined || asked === undefined || said === undefined ? undefined : breaks(rule, asked, said);
}

/** A principle in other words that say the same: none of "heldOut" and "far" is in pre-training. */
export function reword(text: string, wording: Wording, seed: string): string {
  const rule = parseRule(text);
  return rule === undefined ? text : formatRule(rng(1, "wording", seed, text), rule, wording);
}
