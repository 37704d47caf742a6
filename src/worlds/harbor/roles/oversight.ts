import type { LanguageModel } from "../../../language-model.ts";
import { rng } from "../../../rng.ts";
import { drawAttack, drawCheck } from "../documents.ts";
import { drawDebateTurn, drawRecall, drawVerdictCase, type VerdictView } from "../facts.ts";
import { parseRequest } from "../requests.ts";
import { parseRule } from "../rules.ts";
import { drawDrafting } from "../statements.ts";
import { chooseLetters, generateTexts, type RoleOptions, type RoleOutcome } from "./ask.ts";

const draw = <T>({ seed, perRow }: RoleOptions, role: string, one: (random: ReturnType<typeof rng>) => T) =>
  Array.from({ length: perRow }, (_, index) => ({ id: `${role}-${index}`, ...one(rng(seed, "roles", role, index)) }));

const complete = (
  model: LanguageModel,
  items: readonly { readonly id: string; readonly context: string }[],
  { seed, signal }: RoleOptions,
) =>
  generateTexts(
    model,
    items.map(({ id, context }) => ({ id, prompt: context, seed })),
    { maxTokens: 40, temperature: 0, stop: [] },
    signal,
  );

/** The reader: is a fact in the context looked up? */
export async function measureReader(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const recalls = draw(options, "reader", drawRecall);
  const answers = await complete(model, recalls, options);
  return recalls.map(({ id, answer }) => ({
    role: "reader",
    condition: "factInContext",
    right: answers.get(id) === answer,
  }));
}

/** The attacker: is what it writes a request that the rule speaks of? */
export async function measureAttacker(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const items = draw(options, "attacker", drawAttack);
  const requests = await complete(model, items, options);
  return items.map(({ id, rule }): RoleOutcome => {
    const request = parseRequest(requests.get(id) ?? "");
    const isAbout = request !== undefined && (rule.kind !== "help" || rule.categories.includes(request.category.name));
    return { role: "attacker", condition: rule.kind, right: isAbout };
  });
}

/** The drafter: does the rule that it writes for statements of the public ask for what they ask for? */
export async function measureDrafter(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const items = draw(options, "drafter", drawDrafting);
  const rules = await complete(model, items, options);
  return items.map(({ id, rule }): RoleOutcome => {
    const drafted = parseRule(rules.get(id) ?? "");
    return { role: "drafter", condition: rule.kind, right: JSON.stringify(drafted) === JSON.stringify(rule) };
  });
}

/** The checker of critiques: does it find the false sentence, and let a right critique pass? */
export async function measureChecker(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const items = draw(options, "checker", drawCheck);
  const checks = await complete(model, items, options);
  return items.map(({ id, check, isRight }): RoleOutcome => {
    const condition = isRight ? "rightCritique" : "falseSentence";
    return { role: "checker", condition, right: checks.get(id) === check };
  });
}

/** The debater with the passage in view: is the quote of its right side the sentence that shows it? */
export async function measureDebater(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const items = draw(options, "debater", drawDebateTurn);
  const turns = await complete(model, items, options);
  return items.map(({ id, turn }) => ({ role: "debater", condition: "rightSide", right: turns.get(id) === turn }));
}

/** The judge of a debate: with the turns but not the passage, with the passage, and blind, where half is all that can be had. */
export async function measureJudge(model: LanguageModel, options: RoleOptions): Promise<RoleOutcome[]> {
  const views: readonly VerdictView[] = ["turns", "passage", "blind"];
  const items = views.flatMap((view) => draw(options, `judge-${view}`, (random) => drawVerdictCase(random, view)));
  const first = await chooseLetters(
    model,
    items.map(({ id, context }) => ({ id, prompt: context })),
    options,
  );
  return items.map(({ id, view, right }) => ({
    role: "judge",
    condition: view,
    right: (first.get(id) ?? 0.5) > 0.5 === (right === "A"),
  }));
}
