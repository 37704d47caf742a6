import type { PrincipleDraft } from "../constitution/index.ts";
import { type DraftedPrinciple, draftPlainly } from "../drafting/index.ts";
import { Interruption } from "../errors.ts";
import type { Drafts } from "../project/index.ts";
import { type CliContext, print } from "./context.ts";
import { type Page, pageOf, wrap } from "./layout.ts";
import { showContradiction, showDraft } from "./show-drafts.ts";

/**
 * Shows drafted principles and gives those that a person takes, as they want them; all of them where nobody can be asked
 * or `isTaken`. @throws Interruption when the person leaves.
 */
export async function approveDrafts(context: CliContext, drafts: Drafts, isTaken: boolean): Promise<PrincipleDraft[]> {
  const page = pageOf(context.process.stdout, context.env);
  printOrigin(context, drafts, page);
  const isTalking = !isTaken && drafts.model !== undefined && isTerminal(context);
  const taken: PrincipleDraft[] = [];
  for (const draft of drafts.drafts) {
    print(context, `${showDraft(draft.principle, page)}\n`);
    if (draft.fault !== undefined) note(context, page, `${draft.principle.id}: plain requests, because ${draft.fault}`);
    for (const named of drafts.contradictions.filter(({ ids }) => ids[1] === draft.principle.id)) {
      note(context, page, showContradiction(named));
    }
    taken.push(...(isTalking ? await askAbout(draft) : [draft.principle]));
  }
  return taken;
}

function isTerminal(context: CliContext): boolean {
  return context.process.stdout.isTTY === true && process.stdin.isTTY;
}

function note(context: CliContext, page: Page, text: string): void {
  const [first = "", ...rest] = wrap(`warning ${text}`, page.width);
  print(context, `${[page.paint("yellow", first.slice(0, 7)) + first.slice(7), ...rest].join("\n")}\n`);
}

/** Who wrote the requests, and what it took. */
function printOrigin(context: CliContext, { model, unasked, calls, tokens }: Drafts, page: Page): void {
  if (unasked !== undefined) {
    const { attempted, found } = unasked.details;
    note(context, page, `plain requests, because no model could be asked: ${attempted}: ${found}`);
  } else if (model !== undefined) {
    print(context, `${page.paint("dim", `Requests written by ${model}: ${calls} calls, ${tokens} tokens.`)}\n`);
  }
}

async function askAbout(draft: DraftedPrinciple): Promise<PrincipleDraft[]> {
  const { isCancel, select, text } = await import("@clack/prompts");
  const takeAnswer = <T extends string>(value: T | symbol): T => {
    if (typeof value !== "symbol" && !isCancel(value)) return value;
    throw new Interruption("Looking through drafted principles", "cancelled", "nothing was written");
  };
  const plain = { value: "plain", label: "Take plain requests instead", hint: "by template, without a model" };
  const answer = takeAnswer<string>(
    await select({
      message: `${draft.principle.id}: what about it?`,
      options: [
        { value: "take", label: "Take it" },
        ...(draft.by === "model" ? [plain] : []),
        { value: "reword", label: "Reword the requests" },
        { value: "leave", label: "Leave it out" },
      ],
    }),
  );
  if (answer === "leave") return [];
  if (answer === "plain") return [draftPlainly(draft.principle).principle];
  if (answer === "take") return [draft.principle];
  let reworded = draft.principle;
  for (const key of ["critiqueRequest", "revisionRequest", "comparisonRequest"] as const) {
    const validate = (value: string | undefined): string | undefined => (value?.trim() ? undefined : "some words");
    const given = await text({ message: key, initialValue: reworded[key] ?? "", validate });
    reworded = { ...reworded, [key]: takeAnswer(given) };
  }
  return [reworded];
}
