import type { PromptItem } from "../../records/index.ts";
import { type Rng, rng } from "../../rng.ts";
import { drawReplay } from "./documents.ts";
import { type Category, governedCategories, harmlessCategories, type Tier, wordsOfTier } from "./lexicon.ts";
import { drawRequest, type Split, splitOf } from "./requests.ts";

export interface PromptCounts {
  readonly redTeam: number;
  readonly helpful: number;
}

/** What the prompts are for; no request stands in two sets. */
export type PromptPurpose = "sl-cai" | "ai-feedback" | "rl-cai";

interface Draw {
  readonly categories: readonly Category[];
  readonly tier: Tier;
  readonly unseen?: boolean;
  readonly split: Split;
}

/** Distinct requests of one split, categories in turn so that each has its equal share. */
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
 * The requests of the three stages: fillers of tier S in seen templates, training split. Red-team requests are about
 * governed categories, helpful ones about harmless categories, as people would write them for each purpose.
 */
export function harborPrompts(
  seed: number,
  counts: Readonly<Record<PromptPurpose, PromptCounts>>,
): Readonly<Record<PromptPurpose, readonly PromptItem[]>> {
  const taken = new Set<string>();
  const draw = (purpose: PromptPurpose): PromptItem[] => {
    const random = rng(seed, "harbor-prompts", purpose);
    const { redTeam, helpful } = counts[purpose];
    const items = (kind: PromptItem["kind"], categories: readonly Category[], count: number): PromptItem[] =>
      drawDistinct(random, count, { categories, tier: "S", split: "training" }, taken).map((content, index) => ({
        id: `${purpose}-${kind}-${String(index).padStart(5, "0")}`,
        kind,
        messages: [{ role: "user", content }],
      }));
    return [...items("red-team", governedCategories, redTeam), ...items("helpful", harmlessCategories, helpful)];
  };
  return { "sl-cai": draw("sl-cai"), "ai-feedback": draw("ai-feedback"), "rl-cai": draw("rl-cai") };
}

export interface ReplayExample {
  readonly id: string;
  readonly prompt: string;
  readonly completion: string;
}

/**
 * Documents of the frozen pre-training corpus for SL-CAI to rehearse: critiques, comparisons and declarations, never a
 * spoken response and never a request of the run. The completion is all that follows the first role marker.
 */
export function harborReplay(seed: number, count: number): readonly ReplayExample[] {
  return Array.from({ length: count }, (_, index) => {
    const { spans } = drawReplay(rng(seed, "harbor-replay", index));
    const first = spans.findIndex(({ role }) => role);
    const text = (part: typeof spans): string => part.map((span) => span.text).join(" ");
    return {
      id: `replay-${String(index).padStart(5, "0")}`,
      prompt: text(spans.slice(0, first)),
      completion: text(spans.slice(first)).replace(/ <end>$/, ""),
    };
  });
}
