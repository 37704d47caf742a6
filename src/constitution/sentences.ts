import { PreceptError } from "../errors.ts";
import type { Constitution, PrincipleDraft } from "./constitution.ts";
import { pairOpposites } from "./polarity.ts";
import { canonicalText, idFromText, uniqueIds, words } from "./text.ts";

/**
 * Principles of sentences as a person types them, beside those that are there: a capital and a full stop, an id that keeps
 * "never". Requests are the caller's to draft.
 * @throws PreceptError input-invalid for a sentence that is empty, a question, there already, or the opposite of another.
 */
export function principlesOfSentences(
  sentences: readonly string[],
  existing: Pick<Constitution, "principles"> = { principles: [] },
): PrincipleDraft[] {
  const texts = sentences.map((sentence) => finishSentence(refuseUnusable(sentence)));
  const before = existing.principles.map(({ id, text }) => ({ name: `"${id}"`, text }));
  const all = [...before, ...texts.map((text) => ({ name: `"${text}"`, text }))];
  refuseTwins(all, before.length);
  refuseOpposites(all, before.length);
  const taken = existing.principles.map(({ id }) => id);
  const ids = uniqueIds([...taken, ...texts.map(idFromText)]).slice(taken.length);
  return texts.map((text, index) => ({ id: ids[index] ?? "", text }));
}

/** Why a sentence is no principle; undefined where it may be one. */
export function findSentenceFault(sentence: string): "no words" | "a question" | undefined {
  if (words(sentence).length === 0) return "no words";
  return /[?？]["'”’»)]*$/u.test(sentence.trim()) ? "a question" : undefined;
}

function refuseUnusable(sentence: string): string {
  const found = findSentenceFault(sentence);
  if (found === undefined) return canonicalText(sentence);
  throw new PreceptError("input-invalid", {
    attempted: `Making a principle of "${sentence.length > 80 ? `${sentence.slice(0, 79)}…` : sentence}"`,
    found,
    expected: 'a sentence that says what the assistant should do or not do, such as "Never promise a price."',
    remedy: found === "a question" ? "say the answer to the question" : undefined,
  });
}

/** With a capital and a full stop. */
export function finishSentence(text: string): string {
  const whole = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[\p{L}\p{N}%)]$/u.test(whole) ? `${whole}.` : whole;
}

interface Named {
  readonly name: string;
  readonly text: string;
}

/** @throws where one of the texts from `from` on says word for word what another says. */
function refuseTwins(all: readonly Named[], from: number): void {
  const seen = new Map<string, Named>();
  for (const [index, one] of all.entries()) {
    const key = words(one.text).join(" ");
    const twin = seen.get(key);
    seen.set(key, twin ?? one);
    if (twin === undefined || index < from) continue;
    throw new PreceptError("input-invalid", {
      attempted: "Adding principles",
      found:
        index - from > 0 && all.indexOf(twin) >= from
          ? `${one.name} twice`
          : `${one.name}, which ${twin.name} says already`,
      expected: "every thought once",
      remedy: "leave it out; `weight: 2` in the YAML makes a principle count double",
    });
  }
}

/** @throws where one of the texts from `from` on forbids what another asks for, or the other way round. */
function refuseOpposites(all: readonly Named[], from: number): void {
  const opposite = pairOpposites(all.map(({ text }) => text)).find(({ second }) => second >= from);
  if (opposite === undefined) return;
  const [one, other] = [all[opposite.first], all[opposite.second]];
  throw new PreceptError("input-invalid", {
    attempted: "Adding principles",
    found: `two that contradict each other: ${one?.name}${one !== undefined && opposite.first < from ? ` (${one.text})` : ""} and ${other?.name}`,
    expected: "principles that one answer can keep together",
    remedy:
      "reword one of them, e.g. with the case in which it holds; written into the YAML by hand, both are taken, and lint warns",
  });
}
