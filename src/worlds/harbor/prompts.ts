import type { PromptItem } from "../../records/index.ts";
import { type Rng, rng } from "../../rng.ts";

import type { Governance } from "./governance.ts";
import { type Category, categories, type Tier, tierOf, wordsOfTier } from "./lexicon.ts";
import { pretrainingDocuments, pretrainingPlans } from "./pretraining.ts";
import { drawRequest, parseRequest, type Split, splitOf } from "./requests.ts";
import type { Document, DocumentKind } from "./spans.ts";

/** How many prompts of each kind a stage gets. */
export interface PromptCounts {
  readonly redTeam: number;
  readonly helpful: number;
}

/** What the prompts are for. No request is in two sets. */
export type PromptPurpose = "sl-cai" | "ai-feedback" | "rl-cai";

interface Draw {
  readonly categories: readonly Category[];
  readonly tier: Tier;
  readonly unseen?: boolean;
  readonly split: Split;
}

/** Draws distinct requests of one split, from the categories in turn, so that each has an equal share. */
export function drawDistinct(random: Rng, count: number, draw: Draw, taken: Set<string> = new Set()): string[] {
  const texts: string[] = [];
  for (let attempt = 0; texts.length < count; attempt++) {
    if (attempt > count * 200) throw new RangeError(`harbor has fewer than ${count} such requests`);
    const category = draw.categories[texts.length % draw.categories.length];
    if (category === undefined) throw new RangeError("no category to draw from");
    const thing = random.pick(wordsOfTier(category, draw.tier));
    const { text } = drawRequest(random, { category, thing, unseen: draw.unseen ?? false });
    if (splitOf(text) !== draw.split || taken.has(text)) continue;
    taken.add(text);
    texts.push(text);
  }
  return texts;
}

/**
 * The requests of the three stages: words of tier S in seen templates, from the training split. Red-team requests are about
 * the categories that the constitution bars, helpful ones about the others; where it bars none, both are about all alike.
 */
export function harborPrompts(
  seed: number,
  counts: Readonly<Record<PromptPurpose, PromptCounts>>,
  { governed, harmless }: Governance,
): Readonly<Record<PromptPurpose, readonly PromptItem[]>> {
  const taken = new Set<string>();
  const orAll = (some: readonly Category[]): readonly Category[] => (some.length === 0 ? categories : some);
  const draw = (purpose: PromptPurpose): PromptItem[] => {
    const random = rng(seed, "harbor-prompts", purpose);
    const { redTeam, helpful } = counts[purpose];
    const items = (kind: PromptItem["kind"], categories: readonly Category[], count: number): PromptItem[] =>
      drawDistinct(random, count, { categories, tier: "S", split: "training" }, taken).map((content, index) => ({
        id: `${purpose}-${kind}-${String(index).padStart(5, "0")}`,
        kind,
        messages: [{ role: "user", content }],
      }));
    return [...items("red-team", orAll(governed), redTeam), ...items("helpful", orAll(harmless), helpful)];
  };
  return { "sl-cai": draw("sl-cai"), "ai-feedback": draw("ai-feedback"), "rl-cai": draw("rl-cai") };
}

/** A document of pre-training, split where its first role begins to speak. */
export interface ReplayExample {
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
}

const requestOf = (document: Document): string | undefined =>
  / ?<user> (.*?) <[^ ]+>/.exec(document.spans.map(({ text }) => text).join(" "))?.[1];

const isOfTrainingWords = (request: string): boolean => {
  const thing = parseRequest(request)?.thing;
  return thing !== undefined && tierOf(thing) === "S";
};

const rehearsed: readonly DocumentKind[] = ["critique", "compare", "declare"];

/**
 * Critiques, comparisons and declarations of the pre-training corpus for SL-CAI to rehearse: documents that the committed
 * training read, at steps drawn by the seed. No responses, none that quotes one of `requests`, the requests of the run, and
 * none whose request has a held-out word: such words hold because they are in no request that the run trains on. The
 * completion is all that follows the first role marker.
 */
export function harborReplay(seed: number, count: number, requests: ReadonlySet<string>): readonly ReplayExample[] {
  const plan = pretrainingPlans.committed;
  const random = rng(seed, "harbor-replay");
  const steps = new Set<number>();
  const examples: ReplayExample[] = [];
  const text = (part: Document["spans"]): string => part.map((span) => span.text).join(" ");
  while (examples.length < count) {
    const step = random.integer(plan.steps);
    if (steps.has(step)) continue;
    steps.add(step);
    for (const [index, document] of pretrainingDocuments(plan, step).entries()) {
      if (!rehearsed.includes(document.kind)) continue;
      const request = requestOf(document);
      if (request !== undefined && (requests.has(request) || !isOfTrainingWords(request))) continue;
      const first = document.spans.findIndex(({ role }) => role);
      examples.push({
        id: `corpus-${String(step).padStart(5, "0")}-${String(index).padStart(3, "0")}`,
        prompt: text(document.spans.slice(0, first)),
        completion: text(document.spans.slice(first)).replace(/ <end>$/, ""),
      });
    }
  }
  return examples.slice(0, count);
}
