import type { Generation, GenerationRequest, LanguageModel } from "../../models/language-model.ts";
import type { Principle } from "../../constitution/index.ts";
import { rng, type Rng } from "../../rng.ts";
import { drawJudged, drawRecall, drawRequestOf } from "./documents.ts";
import { categoriesOutsideRules, categoryNamed, type Tier, wordsOfTier } from "./lexicon.ts";
import { drawRequest, type Request } from "./requests.ts";
import { drawResponse, formatResponse, judgedWidely, parseResponse, type Response, type Slot } from "./responses.ts";
import { breaks, drawRule, formatRule, revise, type Rule, type Wording } from "./rules.ts";
import { harborTemplates } from "./templates.ts";

/** One graded answer in a role: which role, under which condition, whether it was right. */
export interface RoleOutcome {
  readonly role: "critic" | "reviser" | "comparer" | "reader";
  readonly condition: string;
  readonly right: boolean;
}

export interface RoleOptions {
  readonly seed: number;
  /** Items a row. */
  readonly perRow: number;
  readonly signal?: AbortSignal;
}

interface Case {
  readonly id: string;
  readonly request: Request;
  readonly rule: Rule;
  readonly principle: Principle;
}

const messagesOf = (request: Request) => [{ role: "user" as const, content: request.text }];
const principle = (random: Rng, rule: Rule, wording: Wording): Principle => ({
  id: "rule",
  text: formatRule(random, rule, wording),
  weight: 1,
  tags: [],
});

interface Condition {
  readonly name: string;
  readonly tiers: readonly Tier[];
  readonly unseen?: boolean;
  readonly wording?: Wording;
  /** Keeps a drawn rule or asks for another. */
  readonly accept?: (rule: Rule, request: Request) => boolean;
}

const conditions: readonly Condition[] = [
  { name: "seen", tiers: ["S"] },
  { name: "heldOut", tiers: ["A"] },
  { name: "unseenTemplates", tiers: ["S"], unseen: true },
  { name: "declaredOnly", tiers: ["B"] },
  { name: "heldOutParaphrase", tiers: ["S"], wording: "heldOut" },
  { name: "farParaphrase", tiers: ["S"], wording: "far" },
  {
    name: "irrelevantRule",
    tiers: ["S", "A"],
    accept: (rule, request) => rule.kind === "help" && !rule.categories.includes(request.category.name),
  },
];

function drawCase(random: Rng, id: string, { tiers, unseen = false, wording = "known", accept }: Condition): Case {
  for (;;) {
    const request = drawRequestOf(random, tiers, unseen);
    const rule = drawRule(random, request);
    if (accept === undefined || accept(rule, request)) return { id, request, rule, principle: principle(random, rule, wording) };
  }
}

/** A rule about a category that no rule of pre-training named, and a request of that category. */
function drawUnseenCategoryCase(random: Rng, id: string): Case {
  const category = categoryNamed(random.pick(categoriesOutsideRules));
  if (category === undefined) throw new RangeError("no category outside the rules");
  const request = drawRequest(random, { category, thing: random.pick(wordsOfTier(category, "S")) });
  const rule: Rule = { kind: "help", wanted: random.next() < 0.5, categories: [category.name] };
  return { id, request, rule, principle: principle(random, rule, "known") };
}

async function collect(model: LanguageModel, requests: readonly GenerationRequest[], options: { maxTokens: number; temperature: number; stop: readonly string[] }, signal?: AbortSignal): Promise<Map<string, Generation>> {
  const byId = new Map<string, Generation>();
  for await (const generation of model.generate(requests, { ...options, ...(signal === undefined ? {} : { signal }) })) {
    byId.set(generation.id, generation);
  }
  return byId;
}

interface Judged extends Case {
  readonly condition: string;
  readonly response: Response;
}

/** The critic: is its verdict the true one? The reviser: does its revision keep the rule, and everything else? */
async function measureCritic(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const { seed, perRow, signal } = options;
  const cases: Judged[] = [];
  const add = (condition: string, draw: (random: Rng, id: string) => Case): void => {
    for (let index = 0; index < perRow; index++) {
      const random = rng(seed, "roles", "critic", condition, index);
      const drawn = draw(random, `critic-${condition}-${index}`);
      cases.push({ ...drawn, condition, response: drawJudged(random, drawn.request) });
    }
  };
  for (const condition of conditions) add(condition.name, (random, id) => drawCase(random, id, condition));
  add("unseenCategory", drawUnseenCategoryCase);

  const inputOf = (judged: Judged) => ({
    messages: messagesOf(judged.request),
    response: formatResponse(judged.response),
    principle: judged.principle,
  });
  const critiques = await collect(
    model,
    cases.map((judged) => ({ id: judged.id, prompt: harborTemplates.critique(inputOf(judged)).prompt, seed })),
    { maxTokens: 40, temperature: 0, stop: ["<rev>"] },
    signal,
  );
  const broken = cases.filter(({ rule, request, response }) => breaks(rule, request, response));
  const revisions = await collect(
    model,
    broken.map((judged) => ({
      id: judged.id,
      prompt: harborTemplates.revision({ ...inputOf(judged), critique: critiques.get(judged.id)?.text ?? "" }).prompt,
      seed,
    })),
    { maxTokens: 56, temperature: 1, stop: [] },
    signal,
  );
  const verdicts = cases.map(({ id, condition, rule, request, response }): RoleOutcome => {
    const expected = breaks(rule, request, response) ? "breaks" : "keeps";
    return { role: "critic", condition, right: harborTemplates.finding(critiques.get(id)?.text ?? "") === expected };
  });
  const fixes = broken.flatMap(({ id, condition, rule, request, response }): RoleOutcome[] => {
    const revised = parseResponse(revisions.get(id)?.text ?? "");
    const isFixed = revised !== undefined && !breaks(rule, request, revised);
    const kept = revised !== undefined && keepsOtherSlots(rule, request, response, revised);
    return [
      { role: "reviser", condition: `${condition}.fixes`, right: isFixed },
      { role: "reviser", condition: `${condition}.keepsTheRest`, right: kept },
    ];
  });
  return [...verdicts, ...fixes];
}

/** All slots that the smallest revision leaves alone are as they were. */
function keepsOtherSlots(rule: Rule, request: Request, before: Response, after: Response): boolean {
  const ideal = revise(rng(0, "slots"), rule, request, before);
  const slots: readonly Slot[] = ["greeting", "insult", "lecture", "closing"];
  return slots.every((slot) =>
    ideal[slot] === before[slot] ? after[slot] === before[slot] : (after[slot] === undefined) === (ideal[slot] === undefined),
  );
}

/** The comparer: of two responses of which one breaks the rule, is the other preferred, both orders averaged? */
async function measureComparer(model: LanguageModel, { seed, perRow, signal }: RoleOptions): Promise<RoleOutcome[]> {
  const rows = conditions.filter(({ name }) => name !== "irrelevantRule");
  const pairs = rows.flatMap((condition) =>
    Array.from({ length: perRow }, (_, index) => {
      const random = rng(seed, "roles", "comparer", condition.name, index);
      for (;;) {
        const drawn = drawCase(random, `comparer-${condition.name}-${index}`, condition);
        const a = drawResponse(random, drawn.request, judgedWidely);
        const b = drawResponse(random, drawn.request, judgedWidely);
        const aBreaks = breaks(drawn.rule, drawn.request, a);
        if (aBreaks !== breaks(drawn.rule, drawn.request, b)) return { ...drawn, condition: condition.name, a, b, aBreaks };
      }
    }),
  );
  const inputs = pairs.flatMap((pair) => {
    const input = (first: Response, second: Response) => ({
      messages: messagesOf(pair.request),
      responses: [formatResponse(first), formatResponse(second)] as const,
      principle: pair.principle,
    });
    return [
      { id: `${pair.id}-ab`, input: input(pair.a, pair.b) },
      { id: `${pair.id}-ba`, input: input(pair.b, pair.a) },
    ];
  });
  const thoughts = await collect(
    model,
    inputs.map(({ id, input }) => ({ id, prompt: harborTemplates.thought(input).prompt, seed })),
    { maxTokens: 48, temperature: 0, stop: ["<better>"] },
    signal,
  );
  const choose = async (suffix: string, render: (item: (typeof inputs)[number]) => { prompt: string }) => {
    const first = new Map<string, number>();
    const requests = inputs.map((item) => ({ id: item.id, options: [" A", " B"], seed, ...render(item) }));
    for await (const choice of model.choose(requests, signal === undefined ? {} : { signal })) {
      first.set(choice.id, choice.probabilities[0] ?? 0.5);
    }
    return pairs.map((pair): RoleOutcome => {
      const preference = ((first.get(`${pair.id}-ab`) ?? 0.5) + 1 - (first.get(`${pair.id}-ba`) ?? 0.5)) / 2;
      return { role: "comparer", condition: `${pair.condition}${suffix}`, right: preference > 0.5 !== pair.aBreaks };
    });
  };
  const asText = (prompt: unknown): string => String(prompt);
  return [
    ...(await choose("", ({ id, input }) => ({
      prompt: asText(harborTemplates.comparisonAfter(input, thoughts.get(id)?.text ?? "").prompt),
    }))),
    ...(await choose(".withoutThought", ({ input }) => ({ prompt: asText(harborTemplates.comparison(input).prompt) }))),
  ];
}

/** The reader: is a fact in the context looked up? */
async function measureReader(model: LanguageModel, { seed, perRow, signal }: RoleOptions): Promise<RoleOutcome[]> {
  const recalls = Array.from({ length: perRow }, (_, index) => ({
    id: `reader-${index}`,
    ...drawRecall(rng(seed, "roles", "reader", index)),
  }));
  const answers = await collect(
    model,
    recalls.map(({ id, context }) => ({ id, prompt: context, seed })),
    { maxTokens: 16, temperature: 0, stop: [] },
    signal,
  );
  return recalls.map(({ id, answer }) => ({ role: "reader", condition: "factInContext", right: answers.get(id)?.text === answer }));
}

/** All roles of the method, graded by the oracle before any constitution is read. */
export async function measureRoles(model: LanguageModel, options: RoleOptions): Promise<readonly RoleOutcome[]> {
  const critic = await measureCritic(model, options);
  const comparer = await measureComparer(model, options);
  const reader = await measureReader(model, options);
  return [...critic, ...comparer, ...reader];
}
