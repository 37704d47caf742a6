import { drawPrinciple, type Principle, principlesFor } from "../constitution/index.ts";
import type { PromptItem } from "../records/index.ts";
import { rng } from "../rng.ts";
import { type Ask, generateAll, type Sampling } from "./calls.ts";
import type { ChainRecord } from "./chain-faults.ts";
import { type FeedbackContext, provenanceOf, requestSeed } from "./context.ts";
import { cutToSentence } from "./cut-critiques.ts";
import { groundsOf, isPassedOver, type UnfoundedCritiques, withGrounds } from "./grounds.ts";
import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "./records.ts";
import { at, isAnswered, isTrainable, missingOf, respond } from "./responses.ts";
import { type BareRefusals, outcomeOf } from "./revision-outcome.ts";
import type { RevisionInput } from "./templates.ts";

/**
 * Critique and revision, Bai et al. 2022 §3.1, for a batch of prompts.
 * Departures: `selection: "all"` critiques under every principle, revises only where one trips, and stops when none does
 * (with 12 narrow principles, a random draw is relevant once in 12 rounds). Revisions that are empty, cut off, copies of what
 * was shown or about the method itself are recorded, but the chain continues from the response before them. A critique that
 * was cut off is shown up to its last whole sentence. Where a provider withheld an answer or
 * a critique, there is nothing to revise.
 */
export interface ChainOptions {
  readonly rounds: number;
  /** "random": one principle per round, drawn by weight, always revised (the paper). "all": a critique under every principle. */
  readonly selection: "random" | "all";
  /** false: revisions are requested without showing the critique. "all" still critiques, to see which principles trip. */
  readonly critique: boolean;
  /** For responses and revisions. The paper: temperature 1. */
  readonly sampling: Sampling;
  /** For revisions, where they are drawn otherwise. */
  readonly revisionSampling?: Sampling | undefined;
  readonly critiqueSampling: Sampling;
  /** Critiques that quote what no document says, where there are any to quote. Default "mark". */
  readonly unfounded?: UnfoundedCritiques | undefined;
  /** Revisions that decline without a reason. Default "keep". */
  readonly bareRefusals?: BareRefusals | undefined;
  /** Reads what the last round wrote once more under every principle; `trainingPairs` leaves out what is then still a breach. */
  readonly reread?: boolean;
}

/** A prompt on its way through the rounds. */
interface Link {
  readonly prompt: PromptItem;
  readonly current: ResponseRecord | RevisionRecord;
}

interface Critiqued extends Link {
  readonly principle: Principle;
  readonly critique?: CritiqueRecord | undefined;
  readonly tripped: readonly string[];
}

/**
 * Responds to every prompt, then runs the rounds. Each phase of a round is one call for the whole batch. `reviser` criticises and
 * revises where that is another model than the one that answers.
 */
export async function critiqueRevisionChains(
  prompts: readonly PromptItem[],
  answering: FeedbackContext,
  options: ChainOptions,
  reviser?: FeedbackContext,
): Promise<ChainRecord[]> {
  const responses = await respond(prompts, 1, answering, options.sampling);
  const context = reviser ?? answering;
  const records: ChainRecord[] = [];
  const keep = (made: readonly ChainRecord[]): void => {
    records.push(...made);
    context.onRecords?.(made);
  };
  keep(responses);
  let links = prompts.flatMap((prompt, index): Link[] => {
    const current = at(responses, index);
    return isAnswered(current) ? [{ prompt, current }] : [];
  });
  for (let round = 1; round <= options.rounds && links.length > 0; round++) {
    const scanned = await (options.selection === "all" ? critiqueUnderAll : critiqueUnderOne)(
      links,
      round,
      context,
      options,
    );
    keep(scanned.critiques);
    const revisions = await revise(scanned.links, round, context, options);
    keep(revisions);
    links = scanned.links.map(({ prompt, current }, index) => {
      const revision = at(revisions, index);
      return { prompt, current: isTrainable(revision.outcome) ? revision : current };
    });
    links.push(...scanned.waiting);
  }
  const unread = options.reread === true ? links.filter(({ current }) => current.type === "revision") : [];
  if (unread.length > 0) keep((await critiqueUnderAll(unread, options.rounds + 1, context, options)).critiques);
  return records;
}

/**
 * A response to every prompt and its critique under every principle of the prompt's kind; nothing is revised. `critic` criticises
 * where that is another model than the one that answers.
 */
export async function respondAndCritique(
  prompts: readonly PromptItem[],
  answering: FeedbackContext,
  options: Pick<ChainOptions, "sampling" | "critiqueSampling" | "unfounded">,
  critic: FeedbackContext = answering,
): Promise<ChainRecord[]> {
  const responses = await respond(prompts, 1, answering, options.sampling);
  const answered = prompts.flatMap((prompt, index) => {
    const current = at(responses, index);
    return isAnswered(current) ? [{ prompt, current }] : [];
  });
  const pairs = answered.flatMap((link) =>
    principlesFor(critic.constitution, "critique", link.prompt.kind).map((principle) => ({ ...link, principle })),
  );
  return [...responses, ...(await critique(pairs, 1, critic, options))];
}

/** The text of a response or a revision. */
export function textOf(
  record: Pick<ResponseRecord, "type" | "response"> | Pick<RevisionRecord, "type" | "revision">,
): string {
  return record.type === "response" ? record.response : record.revision;
}

interface Scanned {
  readonly critiques: readonly CritiqueRecord[];
  readonly links: readonly Critiqued[];
  /** Prompts that got no critique in this round; the next round may bring one. */
  readonly waiting: readonly Link[];
}

/** One principle per prompt, drawn by weight; every prompt continues. */
async function critiqueUnderOne(
  links: readonly Link[],
  round: number,
  context: FeedbackContext,
  options: ChainOptions,
): Promise<Scanned> {
  const chosen = links.flatMap((link) => {
    const principles = principlesFor(context.constitution, "critique", link.prompt.kind);
    if (principles.length === 0) return [];
    const random = rng(context.seed, context.stage, link.prompt.id, round, "principle");
    return [{ ...link, principle: drawPrinciple(principles, random), tripped: [] }];
  });
  if (!options.critique) return { critiques: [], links: chosen, waiting: [] };
  const critiques = await critique(chosen, round, context, options);
  const critiqued = chosen.map((link, index) => ({ ...link, critique: at(critiques, index) }));
  return {
    critiques,
    links: critiqued.filter(({ critique }) => isRead(critique)),
    waiting: critiqued.filter(({ critique }) => !isRead(critique)).map(({ prompt, current }) => ({ prompt, current })),
  };
}

const isRead = (critique: CritiqueRecord): boolean => isAnswered(critique) && !isPassedOver(critique);

/** Every principle on every prompt. A prompt continues where one trips, under one of those that tripped. */
async function critiqueUnderAll(
  links: readonly Link[],
  round: number,
  context: FeedbackContext,
  options: ChainOptions,
): Promise<Scanned> {
  const asked = links.map((link) => ({
    link,
    principles: principlesFor(context.constitution, "critique", link.prompt.kind),
  }));
  const pairs = asked.flatMap(({ link, principles }) => principles.map((principle) => ({ ...link, principle })));
  const critiques = await critique(pairs, round, context, options);
  let read = 0;
  const next = asked.flatMap(({ link, principles }): Critiqued[] => {
    const own = critiques.slice(read, read + principles.length);
    read += principles.length;
    const tripping = principles.filter((_, k) => at(own, k).finding === "breaks" && !isPassedOver(at(own, k)));
    if (tripping.length === 0) return [];
    const principle = drawPrinciple(tripping, rng(context.seed, context.stage, link.prompt.id, round, "principle"));
    const shown = at(own, principles.indexOf(principle));
    return [{ ...link, principle, critique: shown, tripped: tripping.map(({ id }) => id) }];
  });
  return { critiques, links: next, waiting: [] };
}

async function critique(
  pairs: readonly (Link & { readonly principle: Principle })[],
  round: number,
  context: FeedbackContext,
  { critiqueSampling, unfounded }: Pick<ChainOptions, "critiqueSampling" | "unfounded">,
): Promise<CritiqueRecord[]> {
  const { grounds, templates } = context;
  const inputs = await Promise.all(
    pairs.map(({ prompt, current, principle }) =>
      withGrounds({ messages: prompt.messages, response: textOf(current), principle }, grounds),
    ),
  );
  const asks = pairs.map(
    ({ prompt, principle }, index): Ask => ({
      id: `${context.stage}/${prompt.id}/critique-${round}-${principle.id}`,
      seed: requestSeed(context, { item: prompt.id, round, sample: 0, role: `critique/${principle.id}` }),
      rendered: templates.critique(at(inputs, index)),
    }),
  );
  const answers = await generateAll(context, asks, critiqueSampling);
  const templateVersion = grounds === undefined ? templates.version : `${templates.version}+${grounds.version}`;
  return pairs.map(({ prompt, current, principle }, index): CritiqueRecord => {
    const answer = at(answers, index);
    const { text, reasoning, finishReason, usage } = answer;
    return {
      type: "critique",
      ...provenanceOf(context),
      templateVersion,
      id: at(asks, index).id,
      parents: [current.id],
      principleId: principle.id,
      seed: at(asks, index).seed,
      promptId: prompt.id,
      round,
      critique: text.trim(),
      reasoning,
      finding: templates.finding(text.trim()),
      grounds: groundsOf(text.trim(), at(asks, index).id, { grounds, unfounded }),
      finishReason,
      ...missingOf(answer),
      usage,
    };
  });
}

async function revise(
  links: readonly Critiqued[],
  round: number,
  context: FeedbackContext,
  options: ChainOptions,
): Promise<RevisionRecord[]> {
  const inputs = links.map((link) => ({ ...link, ...shownTo(link, options) }));
  const asks = inputs.map(
    ({ prompt, input }): Ask => ({
      id: `${context.stage}/${prompt.id}/revision-${round}`,
      seed: requestSeed(context, { item: prompt.id, round, sample: 0, role: "revision" }),
      rendered: context.templates.revision(input),
    }),
  );
  const answers = await generateAll(context, asks, options.revisionSampling ?? options.sampling);
  return inputs.map(({ prompt, current, principle, critique, tripped, input, cutCritique }, index): RevisionRecord => {
    const answer = at(answers, index);
    const { id, seed, rendered } = at(asks, index);
    const { reasoning, finishReason, usage } = answer;
    const isUnread = cutCritique === "left-out" && tripped.length === 0;
    return {
      type: "revision",
      ...provenanceOf(context),
      id,
      parents: critique === undefined || isUnread ? [current.id] : [current.id, critique.id],
      principleId: principle.id,
      seed,
      promptId: prompt.id,
      round,
      tripped: [...tripped],
      revision: answer.text.trim(),
      reasoning,
      ...outcomeOf(answer, input, rendered.prompt, {
        metaText: context.templates.metaText,
        bareRefusals: options.bareRefusals,
      }),
      cutCritique,
      finishReason,
      usage,
    };
  });
}

/** What a revision is written from. A critique that was cut off is never shown as if it were whole. */
function shownTo(
  { prompt, current, principle, critique }: Critiqued,
  options: ChainOptions,
): { readonly input: RevisionInput; readonly cutCritique?: RevisionRecord["cutCritique"] } {
  const input = { messages: prompt.messages, response: textOf(current), principle };
  if (!options.critique || critique === undefined) return { input };
  if (critique.finishReason !== "length") return { input: { ...input, critique: critique.critique } };
  const whole = cutToSentence(critique.critique);
  return whole === undefined
    ? { input, cutCritique: "left-out" }
    : { input: { ...input, critique: whole }, cutCritique: "shortened" };
}
