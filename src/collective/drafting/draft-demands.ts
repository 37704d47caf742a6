import { draftPlainly, draftWordings } from "../../drafting/index.ts";
import type { Choice, LanguageModel } from "../../language-model.ts";
import type { Checks, DraftedStatement, Entailment, EntailmentAnswer } from "./drafted-statement.ts";
import { DIRECTIONS, type StatementTemplates } from "./templates.ts";

/** One thing that a statement asks for. `id`: the statement's, with the number of the part where there are several. */
export interface Demand {
  readonly id: string;
  readonly statement: string;
  readonly text: string;
  readonly parts: number;
}

export interface DraftingWith {
  readonly model: LanguageModel;
  readonly templates: StatementTemplates;
  /** Requests for critique and revision by the model too, not by template. */
  readonly asksRequests?: boolean | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a record says beside what every record carries. */
export type Drafted = Omit<
  DraftedStatement,
  | "type"
  | "schemaVersion"
  | "id"
  | "parents"
  | "principleId"
  | "constitutionHash"
  | "templateVersion"
  | "model"
  | "seed"
>;

/** The demands of statements, in their order. */
export function demandsOf(
  statements: readonly { readonly id: string; readonly text: string }[],
  { split }: Pick<StatementTemplates, "split">,
): Demand[] {
  return statements.flatMap(({ id, text }) => {
    const parts = split(text);
    return parts.map((part, index) => ({
      id: parts.length === 1 ? id : `${id}.${index + 1}`,
      statement: id,
      text: part,
      parts: parts.length,
    }));
  });
}

interface Candidate {
  readonly demand: Demand;
  readonly text: string;
  readonly checks: Checks;
  readonly entailment: Entailment;
}

/**
 * A principle for each demand: the model's where rules and the model's own answers to both questions of entailment leave it
 * standing, else the template's; none where there is neither. What was refused is kept with its reason.
 */
export async function draftDemands(demands: readonly Demand[], drafting: DraftingWith): Promise<Drafted[]> {
  const { templates } = drafting;
  const written = await writePrinciples(demands, drafting);
  const first = await judgeCandidates(
    demands.flatMap((demand) => {
      const text = templates.readPrinciple(written.get(demand.id) ?? "");
      return text === undefined ? [] : [{ demand, text }];
    }),
    "model",
    drafting,
  );
  const faults = new Map(demands.map((demand) => [demand.id, faultOf(first.get(demand.id))]));
  const second = await judgeCandidates(
    demands.flatMap((demand) => {
      const text = faults.get(demand.id) === undefined ? undefined : templates.writePlain(demand.text);
      return text === undefined ? [] : [{ demand, text }];
    }),
    "plain",
    drafting,
  );
  const several = await askSeveral(demands, drafting);
  const requests = await draftRequests(demands, drafting);
  return demands.map((demand): Drafted => {
    const { id, statement, text, parts } = demand;
    const [own, plain, fault] = [first.get(id), second.get(id), faults.get(id)];
    const taken = fault === undefined ? own : plain;
    return {
      statement,
      demand: text,
      parts,
      several: several.get(id) ?? null,
      principle: taken?.text ?? null,
      ...(taken !== undefined && requests.get(id)),
      by: taken === undefined ? "nobody" : fault === undefined ? "model" : "plain",
      checks: taken?.checks ?? null,
      entailment: taken?.entailment ?? null,
      ...(fault !== undefined && {
        refused: {
          text: own?.text ?? written.get(id) ?? "",
          fault,
          checks: own?.checks ?? null,
          entailment: own?.entailment ?? null,
        },
      }),
    };
  });
}

/** Why a principle of the model will not do; undefined where nothing speaks against it. */
function faultOf(candidate: Candidate | undefined): string | undefined {
  if (candidate === undefined) return "no principle could be read";
  const { checks, entailment } = candidate;
  if (checks.polarity === "turned") return "it asks for the opposite";
  if (checks.scope === "condition lost") return `it drops a condition: ${checks.lost.join(", ")}`;
  if (checks.scope === "condition added") return `it adds a condition: ${checks.added.join(", ")}`;
  if (checks.scope === "of the assistant") return "it speaks of the assistant, not of the response";
  if (checks.polarity === "same" && checks.scope === "kept") return undefined;
  const denied = DIRECTIONS.find((direction) => (entailment[direction].yes ?? 1) < 0.5);
  if (denied !== undefined)
    return denied === "statement to principle"
      ? "the statement does not ask for all of it"
      : "it does not say all that the statement asks for";
  const unanswered = DIRECTIONS.some((direction) => entailment[direction].yes === null);
  return unanswered && checks.polarity === "unclear" ? "nobody could say whether it means the same" : undefined;
}

async function writePrinciples(
  demands: readonly Demand[],
  { model, templates, seed, signal }: DraftingWith,
): Promise<Map<string, string>> {
  const said = new Map<string, string>();
  const asked = demands.map((demand) => ({ demand, ...templates.draft(demand.text) }));
  const [one] = asked;
  if (one === undefined) return said;
  const requests = asked.map(({ demand: { id }, prompt }) => ({ id: `${id}/principle`, prompt, seed }));
  const options = { maxTokens: one.maxTokens, temperature: 0, stop: one.stop ?? [], signal };
  for await (const { id, text } of model.generate(requests, options)) said.set(id.replace(/\/principle$/, ""), text);
  return said;
}

async function judgeCandidates(
  candidates: readonly Pick<Candidate, "demand" | "text">[],
  by: string,
  { model, templates, seed, signal }: DraftingWith,
): Promise<Map<string, Candidate>> {
  const requests = candidates.flatMap(({ demand, text }) =>
    DIRECTIONS.map((direction) => {
      const { prompt, options } = templates.entailment(direction, demand.text, text);
      return { id: `${demand.id}/${by}/${direction}`, prompt, options, seed };
    }),
  );
  const answers = new Map<string, EntailmentAnswer>();
  if (requests.length > 0)
    for await (const choice of model.choose(requests, { signal })) answers.set(choice.id, readAnswer(choice));
  const answerTo = (demand: Demand, direction: string): EntailmentAnswer =>
    answers.get(`${demand.id}/${by}/${direction}`) ?? { yes: null, missing: "empty" };
  return new Map(
    candidates.map(({ demand, text }) => {
      const { verdict: scope, lost, added } = templates.checkScope(demand.text, text);
      const checks: Checks = {
        polarity: templates.checkPolarity(demand.text, text),
        scope,
        lost: [...lost],
        added: [...added],
      };
      const entailment: Entailment = {
        "statement to principle": answerTo(demand, "statement to principle"),
        "principle to statement": answerTo(demand, "principle to statement"),
      };
      return [demand.id, { demand, text, checks, entailment }];
    }),
  );
}

async function askSeveral(
  demands: readonly Demand[],
  { model, templates, seed, signal }: DraftingWith,
): Promise<Map<string, EntailmentAnswer>> {
  const requests = demands.flatMap(({ id, text }) => {
    const asked = templates.askSeveral(text);
    return asked === undefined ? [] : [{ id, ...asked, seed }];
  });
  const answers = new Map<string, EntailmentAnswer>();
  if (requests.length > 0)
    for await (const choice of model.choose(requests, { signal })) answers.set(choice.id, readAnswer(choice));
  return answers;
}

function readAnswer({ probabilities, outcome = "answered" }: Choice): EntailmentAnswer {
  return outcome === "answered" ? { yes: probabilities[0] ?? null } : { yes: null, missing: outcome };
}

/** Requests for critique and revision, of the demand in the public's own words. */
async function draftRequests(
  demands: readonly Demand[],
  { model, templates, asksRequests = true, seed, signal }: DraftingWith,
): Promise<Map<string, Pick<DraftedStatement, "critiqueRequest" | "revisionRequest">>> {
  if (!templates.hasRequests) return new Map();
  const asked = demands.map(({ id, text }) => ({ id, text }));
  const drafts = asksRequests
    ? await draftWordings(asked, model, { seed, signal })
    : asked.map((principle) => draftPlainly(principle));
  return new Map(
    drafts.map(({ principle: { id, critiqueRequest, revisionRequest } }) => [id, { critiqueRequest, revisionRequest }]),
  );
}
