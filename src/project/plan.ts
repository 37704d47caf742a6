import { type Constitution, type Principle, principlesFor } from "../constitution/index.ts";
import { principleVerdictTokens, verdictTokens } from "../evaluation/index.ts";
import type { FeedbackTemplates } from "../feedback/index.ts";
import type { Message } from "../language-model.ts";
import type { PromptItem, PromptSource } from "../records/index.ts";
import { rng } from "../rng.ts";
import {
  addRanges,
  exactly,
  noRange,
  type Plan,
  type Range,
  type RolePlan,
  scaleRange,
  type TokenCounter,
  totalOf,
  unprobed,
  Work,
} from "../spending/index.ts";
import { type MethodOptions, paperAnswers } from "../stages/index.ts";
import { roles as roleNames } from "./config/config.ts";
import { harmCalls, harmQuestion } from "./harm.ts";
import { SharedBeginning } from "./shared-beginning.ts";

/** How long answers are, in tokens, and how long one takes; from a probe, or from the limits alone. */
export interface Lengths {
  readonly response: Range;
  readonly revision: Range;
  readonly critique: Range;
  readonly thought: Range;
  /** Of the judge, where there is one. */
  readonly verdict: Range;
  /** Seconds one call takes. */
  readonly latency: Range;
  readonly isMeasured: boolean;
}

export interface PlanInputs {
  readonly prompts: PromptSource;
  readonly constitution: Constitution;
  readonly templates: FeedbackTemplates;
  readonly options: MethodOptions;
  readonly roles: Readonly<Record<"initial" | "slCai" | "feedback", RoleInputs>> & {
    readonly reviser?: RoleInputs | undefined;
    readonly judge?: RoleInputs | undefined;
  };
  /** Answers of checkpoints that are measured at the end, in all; none where nothing is trained here. */
  readonly evaluated?: number | undefined;
  /** What checking in the run takes; none where it does not check. */
  readonly checked?: CheckWork | undefined;
  /** Whether the judge rates harm before and after each revision. */
  readonly judgesHarm: boolean;
  readonly concurrency: number;
  readonly lengths?: Lengths | undefined;
}

/** A plan with what it reckoned with. */
export interface PlannedAnswers {
  readonly plan: Plan;
  readonly lengths: Lengths;
  /** Mean tokens of what is answered. */
  readonly asked: { readonly redTeam: number; readonly helpful: number };
}

/** Answers that a check asks for, by who gives them, and what it asks the judge. */
export interface CheckWork {
  readonly answers: Readonly<Partial<Record<"initial" | "slCai" | "evaluate", number>>>;
  readonly questions: Range;
  /** Tokens of a question beside the dialogue and the answer. */
  readonly wording: number;
}

export interface RoleInputs {
  readonly model: string;
  readonly counter: TokenCounter;
  readonly price?: { readonly input: number; readonly output: number } | undefined;
  /** Calls that one choice takes: 1 with log-probabilities, the number of votes without; both where it is not known. */
  readonly choiceCalls: Range;
  /** Calls at once, where they are not as many as the run's. */
  readonly concurrency?: number | undefined;
  /** Seconds a call, where they were measured for this role. */
  readonly latency?: Range | undefined;
}

/** Prompts that are rendered and counted; a drawn sample of more. */
const countedPrompts = 400;
/** Share of pairs that differ, at least, and so are compared. */
const differing = 0.5;

/** Lengths where nothing was measured: from the limits of the templates. */
export function unmeasuredLengths({
  templates,
  constitution,
}: Pick<PlanInputs, "templates" | "constitution">): Lengths {
  const input = { messages: [turn], response: "", principle: constitution.principles[0] ?? nobody };
  const of = (maxTokens: number): Range => ({ low: Math.ceil(maxTokens * unprobed.share), high: maxTokens });
  return {
    response: of(templates.response([turn]).maxTokens),
    revision: of(templates.revision(input).maxTokens),
    critique: of(templates.critique(input).maxTokens),
    thought: of(templates.thought({ ...input, responses: ["", ""] }).maxTokens),
    verdict: verdictTokens,
    latency: unprobed.latency,
    isMeasured: false,
  };
}

const turn: Message = { role: "user", content: "" };
const nobody: Principle = { id: "none", text: "", weight: 1, tags: [] };

/**
 * Calls, tokens, cost and time of a run, role by role, before anything is spent: prompts are rendered with the templates and
 * counted, answers are stood in for by texts of the lengths given. What the plan cannot know widens its ranges.
 */
export async function planProject(inputs: PlanInputs): Promise<PlannedAnswers> {
  const { prompts, options, roles } = inputs;
  const lengths = inputs.lengths ?? unmeasuredLengths(inputs);
  const redTeam = await meanTokens(inputs, lengths, "red-team");
  const helpful = await meanTokens(inputs, lengths, "helpful");
  const n = { red: prompts.sizes["red-team"], helpful: prompts.sizes.helpful };
  const { selection, critique, critiqued, reread, source } = options.slCai;
  const isTuned = options.firstStage !== "ai-feedback";
  const rounds = source === "context-distillation" || !isTuned ? 0 : options.slCai.rounds;
  const helpfulSamples = critiqued === "all" ? 1 : options.slCai.helpfulSamples;
  const criticised = [
    { kind: "red-team" as const, count: n.red },
    ...(critiqued === "all" ? [{ kind: "helpful" as const, count: n.helpful }] : []),
  ];
  const isAll = selection === "all";
  let [critiques, revisions] = [noRange, noRange];
  for (const { kind, count } of criticised) {
    const principles = principlesFor(inputs.constitution, "critique", kind).length;
    if (principles === 0) continue;
    revisions = addRanges(revisions, scaleRange(count, { low: isAll ? 0 : rounds, high: rounds }));
    if (!critique && !isAll) continue;
    const own = {
      low: isAll ? Math.min(1, rounds) * principles : rounds,
      high: rounds * (isAll ? principles : 1) + (reread && isTuned ? principles : 0),
    };
    critiques = addRanges(critiques, scaleRange(count, own));
  }

  const work = {
    initial: new Work(),
    reviser: new Work(),
    slCai: new Work(),
    feedback: new Work(),
    judge: new Work(),
    evaluate: new Work(),
  };
  const revising = roles.reviser === undefined ? work.initial : work.reviser;
  if (isTuned) {
    work.initial.add(exactly(n.red), redTeam.response, lengths.response, redTeam.shared.response);
    const sampled = exactly(n.helpful * helpfulSamples);
    work.initial.add(sampled, helpful.response, lengths.response, helpful.shared.response);
  }
  revising.add(critiques, redTeam.critique, lengths.critique, redTeam.shared.critique);
  revising.add(revisions, redTeam.revision, lengths.revision, redTeam.shared.revision);
  const { labels, contrast, answers = paperAnswers } = options.aiFeedback;
  const samples = contrast === undefined ? answers.slCai : contrast.neutral + (contrast.pairs === "samples" ? 1 : 2);
  work.slCai.add(exactly(samples * n.red), redTeam.response, lengths.response, redTeam.shared.response);
  work.slCai.add(exactly(samples * n.helpful), helpful.response, lengths.response, helpful.shared.response);
  work.initial.add(exactly(answers.initial * n.red), redTeam.response, lengths.response, redTeam.shared.response);
  work.initial.add(exactly(answers.initial * n.helpful), helpful.response, lengths.response, helpful.shared.response);
  if (contrast?.labels === "contrastive") {
    // An answer is read once under each context, and nothing is written.
    const likelihoods = 2 * samples;
    work.feedback.add(exactly(likelihoods * n.red), addRanges(redTeam.response, lengths.response), noRange);
    work.feedback.add(exactly(likelihoods * n.helpful), addRanges(helpful.response, lengths.response), noRange);
  }
  for (const [kind, count, mean] of [
    ["red-team", n.red, redTeam],
    ["helpful", n.helpful, helpful],
  ] as const) {
    const fitting = principlesFor(inputs.constitution, "comparison", kind).length;
    const isAsked = contrast === undefined || contrast.labels === "ab";
    const asked = !isAsked ? 0 : labels.principles === "all" ? fitting : Math.min(1, fitting);
    const questions = { low: 2 * asked * count * differing, high: 2 * asked * count };
    if (labels.chainOfThought) work.feedback.add(questions, mean.thought, lengths.thought, mean.shared.thought);
    const { choiceCalls } = roles.feedback;
    const choices = { low: questions.low * choiceCalls.low, high: questions.high * choiceCalls.high };
    work.feedback.add(choices, mean.choice, { low: 1, high: 8 }, mean.shared.choice);
  }
  if (inputs.judgesHarm && isTuned) work.judge.add(harmCalls(n.red, rounds), redTeam.verdict, lengths.verdict);
  if (inputs.checked !== undefined) addCheck(inputs.checked, work, redTeam.response, lengths);
  work.evaluate.add(exactly(inputs.evaluated ?? 0), redTeam.response, lengths.response);
  const planOf = (role: keyof typeof work, played: RoleInputs | undefined): RolePlan[] => {
    if (played === undefined) return [];
    const { concurrency = inputs.concurrency, counter, latency = lengths.latency } = played;
    return [work[role].plan(role, { ...played, slack: counter.slack }, latency, concurrency)];
  };
  const plans = [
    ...roleNames.flatMap((role) => planOf(role, roles[role])),
    ...planOf("evaluate", inputs.evaluated === undefined ? undefined : roles.slCai),
  ];
  const plan = {
    roles: plans,
    total: totalOf(plans),
    counted: Math.min(n.red, countedPrompts) + Math.min(n.helpful, countedPrompts),
    prompts: n.red + n.helpful,
    isMeasured: lengths.isMeasured,
  };
  return { plan, lengths, asked: { redTeam: redTeam.response.low, helpful: helpful.response.low } };
}

function addCheck(
  { answers, questions, wording }: CheckWork,
  work: Readonly<Record<"initial" | "slCai" | "evaluate" | "judge", Work>>,
  dialogue: Range,
  lengths: Lengths,
): void {
  for (const role of ["initial", "slCai", "evaluate"] as const)
    work[role].add(exactly(answers[role] ?? 0), dialogue, lengths.response);
  const question = addRanges(addRanges(exactly(wording), dialogue), lengths.response);
  work.judge.add(questions, question, principleVerdictTokens);
}

const sharing = ["response", "critique", "revision", "thought", "choice"] as const;
type MeanTokens = Readonly<Record<(typeof sharing)[number] | "verdict", Range>> & {
  /** Of these, what all prompts of a kind begin with. */
  readonly shared: Readonly<Record<(typeof sharing)[number], number>>;
};

/** Mean tokens of what is sent, by kind of call, over a sample of the prompts. */
async function meanTokens(inputs: PlanInputs, lengths: Lengths, kind: PromptItem["kind"]): Promise<MeanTokens> {
  const { prompts, templates, constitution, roles } = inputs;
  const total = prompts.sizes[kind];
  const random = rng(0, "plan", kind);
  const sums = { response: 0, critique: 0, revision: 0, thought: 0, choice: 0, verdict: 0 };
  let n = 0;
  let left = total;
  const critics = orNobody(principlesFor(constitution, "critique"));
  const judges = orNobody(principlesFor(constitution, "comparison"));
  const { initial, feedback, judge } = roles;
  const { counter: revising } = roles.reviser ?? initial;
  const counters = {
    ...{ response: initial.counter, critique: revising, revision: revising },
    ...{ thought: feedback.counter, choice: feedback.counter },
  };
  const beginning = (): SharedBeginning => new SharedBeginning();
  const beginnings = {
    ...{ response: beginning(), critique: beginning(), revision: beginning() },
    ...{ thought: beginning(), choice: beginning() },
  };
  for await (const { messages } of prompts.items(kind)) {
    // Selection sampling (Knuth, volume 2, algorithm S): every prompt is as likely to be counted.
    const isTaken = random.next() * left < countedPrompts - n;
    left -= 1;
    if (!isTaken) continue;
    n += 1;
    const principle = random.pick(critics);
    const input = { messages, response: "", principle };
    const compared = { messages, responses: ["", ""] as const, principle: random.pick(judges) };
    const choice = inputs.options.aiFeedback.labels.chainOfThought
      ? templates.comparisonAfter(compared, "")
      : templates.comparison(compared);
    const shown = {
      response: templates.response(messages).prompt,
      critique: templates.critique(input).prompt,
      revision: templates.revision({ ...input, critique: "" }).prompt,
      thought: templates.thought(compared).prompt,
      choice: choice.prompt,
    };
    for (const name of sharing) {
      sums[name] += counters[name].count(shown[name]);
      beginnings[name].add(shown[name]);
    }
    sums.verdict += judge?.counter.count(harmQuestion({ messages, response: "" })) ?? 0;
  }
  const mean = (name: keyof typeof sums): number => (n === 0 ? 0 : sums[name] / n);
  const plus = (base: number, ...added: readonly Range[]): Range => added.reduce(addRanges, exactly(base));
  const two = scaleRange(2, lengths.response);
  const thought = inputs.options.aiFeedback.labels.chainOfThought ? [lengths.thought] : [];
  const countShared = (name: (typeof sharing)[number]): number => beginnings[name].tokens(counters[name]);
  return {
    shared: {
      ...{ response: countShared("response"), critique: countShared("critique"), revision: countShared("revision") },
      ...{ thought: countShared("thought"), choice: countShared("choice") },
    },
    response: exactly(mean("response")),
    critique: plus(mean("critique"), lengths.response),
    revision: plus(mean("revision"), lengths.response, lengths.critique),
    thought: plus(mean("thought"), two),
    choice: plus(mean("choice"), two, ...thought),
    verdict: plus(mean("verdict"), lengths.response),
  };
}

function orNobody(principles: readonly Principle[]): readonly Principle[] {
  return principles.length === 0 ? [nobody] : principles;
}
