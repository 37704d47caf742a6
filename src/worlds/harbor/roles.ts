import type { Principle } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { Choice, Generation, GenerationOptions, GenerationRequest, LanguageModel } from "../../language-model.ts";
import { type Rng, rng } from "../../rng.ts";
import { drawJudged, drawRecall, drawRequestOf } from "./documents.ts";
import { categoriesOutsideRules, findCategory, type Tier, wordsOfTier } from "./lexicon.ts";
import { drawRequest, type Request } from "./requests.ts";
import { drawResponse, formatResponse, judgedWidely, parseResponse, type Response, type Slot } from "./responses.ts";
import { breaks, drawRule, formatRule, type Rule, revise, type Wording } from "./rules.ts";
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
  readonly signal?: AbortSignal | undefined;
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
    if (accept === undefined || accept(rule, request))
      return { id, request, rule, principle: principle(random, rule, wording) };
  }
}

/** A rule about a category that no rule of pre-training named, and a request of that category. */
function drawUnseenCategoryCase(random: Rng, id: string): Case {
  const category = findCategory(random.pick(categoriesOutsideRules));
  if (category === undefined) throw new RangeError("no category outside the rules");
  const request = drawRequest(random, { category, thing: random.pick(wordsOfTier(category, "S")) });
  const rule: Rule = { kind: "help", wanted: random.next() < 0.5, categories: [category.name] };
  return { id, request, rule, principle: principle(random, rule, "known") };
}

type Generating = Pick<GenerationOptions, "maxTokens" | "temperature" | "stop">;

async function collect(
  model: LanguageModel,
  requests: readonly GenerationRequest[],
  options: Generating,
  signal?: AbortSignal,
): Promise<Map<string, Generation>> {
  const byId = new Map<string, Generation>();
  for await (const generation of model.generate(requests, {
    ...options,
    signal,
  })) {
    refuseNoAnswer(model, generation);
    byId.set(generation.id, generation);
  }
  return byId;
}

/** What is no answer must not count as a wrong or an even one. */
function refuseNoAnswer(model: LanguageModel, { id, outcome, error }: Generation | Choice): void {
  if (error === undefined && (outcome ?? "answered") === "answered") return;
  throw new PreceptError("model-failed", {
    attempted: `Measuring the roles of ${model.id}`,
    found: `no answer to ${id}: ${error ?? outcome}`,
    expected: "an answer to every request",
    remedy: outcome === "context-overflow" ? "a model whose context holds what the roles ask" : "another model",
  });
}

interface Judged extends Case {
  readonly condition: string;
  readonly response: Response;
}

function drawJudgedCases(
  role: string,
  condition: string,
  { seed, perRow }: RoleOptions,
  draw: (random: Rng, id: string) => Case,
  accept: (judged: Judged) => boolean = () => true,
): Judged[] {
  return Array.from({ length: perRow }, (_, index) => {
    const random = rng(seed, "roles", role, condition, index);
    for (;;) {
      const drawn = draw(random, `${role}-${condition}-${index}`);
      const judged = { ...drawn, condition, response: drawJudged(random, drawn.request) };
      if (accept(judged)) return judged;
    }
  });
}

const isBroken = ({ rule, request, response }: Judged): boolean => breaks(rule, request, response);
const inputOf = (judged: Judged) => ({
  messages: messagesOf(judged.request),
  response: formatResponse(judged.response),
  principle: judged.principle,
});

const critiquesOf = (model: LanguageModel, cases: readonly Judged[], { seed, signal }: RoleOptions) =>
  collect(
    model,
    cases.map((judged) => ({ id: judged.id, prompt: harborTemplates.critique(inputOf(judged)).prompt, seed })),
    { maxTokens: 40, temperature: 0, stop: ["<rev>"] },
    signal,
  );

/** The critic: is its verdict the true one? */
async function measureCritic(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const cases = [
    ...conditions.flatMap((condition) =>
      drawJudgedCases("critic", condition.name, options, (random, id) => drawCase(random, id, condition)),
    ),
    ...drawJudgedCases("critic", "unseenCategory", options, drawUnseenCategoryCase),
  ];
  const critiques = await critiquesOf(model, cases, options);
  return cases.map((judged): RoleOutcome => {
    const expected = isBroken(judged) ? "breaks" : "keeps";
    const found = harborTemplates.finding(critiques.get(judged.id)?.text ?? "");
    return { role: "critic", condition: judged.condition, right: found === expected };
  });
}

/** The reviser, after its own critique of a response that breaks the rule: is the rule kept, and everything else as it was? */
async function measureReviser(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const rows = conditions.filter(({ name }) => name !== "irrelevantRule" && name !== "farParaphrase");
  const cases = rows.flatMap((condition) =>
    drawJudgedCases("reviser", condition.name, options, (random, id) => drawCase(random, id, condition), isBroken),
  );
  const critiques = await critiquesOf(model, cases, options);
  const requests = cases.map((judged) => {
    const critique = critiques.get(judged.id)?.text ?? "";
    return {
      id: judged.id,
      prompt: harborTemplates.revision({ ...inputOf(judged), critique }).prompt,
      seed: options.seed,
    };
  });
  const revisions = await collect(model, requests, { maxTokens: 56, temperature: 1, stop: [] }, options.signal);
  return cases.flatMap(({ id, condition, rule, request, response }): RoleOutcome[] => {
    const revised = parseResponse(revisions.get(id)?.text ?? "");
    const isFixed = revised !== undefined && !breaks(rule, request, revised);
    const isKept = revised !== undefined && keepsOtherSlots(rule, request, response, revised);
    return [
      { role: "reviser", condition: `${condition}.fixes`, right: isFixed },
      { role: "reviser", condition: `${condition}.keepsTheRest`, right: isKept },
    ];
  });
}

/** All slots that the smallest revision leaves alone are as they were. */
function keepsOtherSlots(rule: Rule, request: Request, before: Response, after: Response): boolean {
  const ideal = revise(rng(0, "slots"), rule, request, before);
  const slots: readonly Slot[] = ["greeting", "insult", "lecture", "closing"];
  return slots.every((slot) =>
    ideal[slot] === before[slot]
      ? after[slot] === before[slot]
      : (after[slot] === undefined) === (ideal[slot] === undefined),
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
        if (aBreaks !== breaks(drawn.rule, drawn.request, b))
          return { ...drawn, condition: condition.name, a, b, aBreaks };
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
    for await (const choice of model.choose(requests, { signal })) {
      refuseNoAnswer(model, choice);
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
  return recalls.map(({ id, answer }) => ({
    role: "reader",
    condition: "factInContext",
    right: answers.get(id)?.text === answer,
  }));
}

/** All roles of the method, graded by the oracle before any constitution is read. */
export async function measureRoles(model: LanguageModel, options: RoleOptions): Promise<readonly RoleOutcome[]> {
  const critic = await measureCritic(model, options);
  const reviser = await measureReviser(model, options);
  const comparer = await measureComparer(model, options);
  const reader = await measureReader(model, options);
  return [...critic, ...reviser, ...comparer, ...reader];
}
