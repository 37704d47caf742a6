import type { Message } from "../language-model.ts";
import type { Example, ReportData } from "../report/index.ts";
import { indentUnder, type Page } from "./layout.ts";

/** Requests with the answers before and after and, under each, the principle, critique and revision behind it. */
export function showRequests(data: Pick<ReportData, "examples" | "constitution">, page: Page, limit = 3): string {
  const shown = [...data.examples].sort((a, b) => rank(a) - rank(b)).slice(0, limit);
  const texts = new Map(data.constitution?.principles.map(({ id, text }) => [id, text]));
  return shown.map((example, index) => showRequest(example, index + 1, texts, page)).join("\n\n");
}

/** Changed answers first, then whatever has a chain behind it. */
function rank({ kind, chain }: Example): number {
  return kind === "changed" ? 0 : chain === undefined ? 2 : 1;
}

function showRequest(example: Example, number: number, texts: ReadonlyMap<string, string>, page: Page): string {
  const first = example.answers[0];
  const last = example.answers.at(-1);
  const lines = [page.paint("bold", `${number}. ${requestOf(example.messages)}`)];
  if (first !== undefined) lines.push(indentUnder(page, "before", first.response));
  if (last !== undefined && last !== first) lines.push(indentUnder(page, "after", last.response));
  const round = example.chain?.rounds[0];
  if (example.chain === undefined || round === undefined) return lines.join("\n");
  const { revision, critique } = round;
  const text = texts.get(revision.principleId);
  lines.push(
    page.paint("dim", `   ${behind(example.chain.match)}`),
    indentUnder(page, "request", requestOf(example.chain.messages), 5),
    indentUnder(page, "response", example.chain.response, 5),
    indentUnder(page, "principle", text === undefined ? revision.principleId : `${revision.principleId}: ${text}`, 5),
  );
  if (critique !== undefined) lines.push(indentUnder(page, "critique", critique.critique, 5));
  lines.push(indentUnder(page, "revision", revision.revision, 5));
  return lines.join("\n");
}

function behind(match: "same" | "nearest"): string {
  return match === "same"
    ? "behind it, in the training data of this run:"
    : "behind it, the nearest request in the training data of this run:";
}

function requestOf(messages: readonly Message[]): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? "";
}
