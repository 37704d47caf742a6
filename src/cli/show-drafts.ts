import { type PrincipleDraft, renderLint } from "../constitution/index.ts";
import type { NamedContradiction } from "../drafting/index.ts";
import { lintConstitutionFile } from "../project/index.ts";
import { type CliContext, print } from "./context.ts";
import { indentUnder, type Page, wrap } from "./layout.ts";

/** A principle with its requests, as a person reads it before it counts. */
export function showDraft({ id, text, ...requests }: PrincipleDraft, page: Page): string {
  const labelled = [
    ["critique", requests.critiqueRequest],
    ["revision", requests.revisionRequest],
    ["comparison", requests.comparisonRequest],
  ] as const;
  return [
    page.paint("bold", id),
    ...wrap(text, page.width - 3).map((line) => `   ${line}`),
    ...labelled.flatMap(([label, request]) =>
      request === undefined ? [] : [indentUnder(page, label, request, 3, 12)],
    ),
  ].join("\n");
}

/** Two principles that a model named: a hint, since models name pairs that do go together. */
export function showContradiction({ ids, why }: NamedContradiction): string {
  return `"${ids[0]}" and "${ids[1]}" may contradict each other, says the model: ${why}`;
}

/** What may disappoint in a file, where there is something. */
export async function printLint(context: CliContext, file: string): Promise<void> {
  const { issues, positions } = await lintConstitutionFile(file);
  if (issues.length > 0) print(context, `${renderLint(issues, { file, positions })}\n`);
}
