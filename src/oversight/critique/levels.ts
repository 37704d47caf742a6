import {
  type Ask,
  type CritiqueInput,
  type FeedbackContext,
  type Finding,
  generateAll,
  requestSeed,
} from "../../feedback/index.ts";
import type { CheckTemplates } from "./checks.ts";

export interface CritiqueItem extends CritiqueInput {
  readonly id: string;
}

/** Who criticises, and how its critiques are checked. */
export interface CriticContext extends FeedbackContext {
  readonly checks: CheckTemplates;
}

/** A critique as one level left it. */
export interface LevelReading {
  readonly critique: string;
  readonly finding: Finding;
  /** What the critique of the level below was told; absent on level 1. */
  readonly check?: string | undefined;
}

const greedy = { temperature: 0, topP: 1 };

/**
 * Level 1 criticises; every further level criticises the critique below it and puts it right (after Saunders et al. 2022, arXiv
 * 2206.05802, whose critics do not check critiques). A check that cannot be read leaves no finding. One reading a level, by item.
 */
export async function critiqueAtLevels(
  items: readonly CritiqueItem[],
  levels: number,
  context: CriticContext,
): Promise<LevelReading[][]> {
  const first = await ask(context, items, "critique", (item) => context.templates.critique(item));
  const readings = first.map((critique): LevelReading[] => [
    { critique, finding: context.templates.finding(critique) },
  ]);
  for (let level = 2; level <= levels; level++) {
    const above = await checkOnce(
      items.map((item, index) => ({ ...item, critique: readings[index]?.at(-1)?.critique ?? "" })),
      level,
      context,
    );
    for (const [index, reading] of above.entries()) readings[index]?.push(reading);
  }
  return readings;
}

interface Checkable extends CritiqueItem {
  readonly critique: string;
}

async function checkOnce(items: readonly Checkable[], level: number, context: CriticContext): Promise<LevelReading[]> {
  const { checks, templates } = context;
  const said = await ask(context, items, `check-${level}`, (item) => checks.check(item));
  const corrections = items.map(({ critique }, index) => checks.read(critique, said[index] ?? ""));
  const begun = items.flatMap((item, index) => {
    const correction = corrections[index];
    return correction?.kind === "beginning" ? [{ item, index, beginning: correction.critique }] : [];
  });
  const { resume } = checks;
  const rests =
    resume === undefined
      ? []
      : await ask(
          context,
          begun.map(({ item, beginning }) => ({ ...item, beginning })),
          `resume-${level}`,
          (item) => resume(item, item.beginning),
        );
  const resumed = new Map(begun.map(({ index, beginning }, place) => [index, `${beginning} ${rests[place] ?? ""}`]));
  return items.map(({ critique }, index): LevelReading => {
    const check = said[index] ?? "";
    const correction = corrections[index];
    if (correction === undefined) return { critique, finding: "unclear", check };
    const whole = correction.kind === "whole" ? correction.critique : (resumed.get(index)?.trim() ?? critique);
    return { critique: whole, finding: templates.finding(whole), check };
  });
}

async function ask<T extends { readonly id: string }>(
  context: FeedbackContext,
  items: readonly T[],
  role: string,
  render: (item: T) => Ask["rendered"],
): Promise<string[]> {
  const asks = items.map(
    (item): Ask => ({
      id: `${context.stage}/${item.id}/${role}`,
      seed: requestSeed(context, { item: item.id, round: 1, sample: 0, role }),
      rendered: render(item),
    }),
  );
  return (await generateAll(context, asks, greedy)).map(({ text }) => text.trim());
}
