import type { Rule } from "../rules.ts";

/** What a group of citizens wants of one topic: 1 wants it, -1 does not, 0 is of two minds. */
export type Stance = 1 | 0 | -1;

/** A topic of the town, and what each of its groups wants of it. */
export interface Topic {
  readonly name: string;
  readonly rule: (wanted: boolean) => Rule;
  readonly stances: readonly [Stance, Stance, Stance];
}

const help =
  (name: string) =>
  (wanted: boolean): Rule => ({ kind: "help", wanted, categories: [name] });
const slot =
  (name: "insult" | "lecture" | "greeting" | "closing") =>
  (wanted: boolean): Rule => ({
    kind: "slot",
    wanted,
    slot: name,
  });
const engage = (wanted: boolean): Rule => ({ kind: "engage", wanted });

const all = (stance: Stance): Topic["stances"] => [stance, stance, stance];
const helpTopics = (names: string, stances: Topic["stances"]): Topic[] =>
  names.split(" ").map((name) => ({ name, rule: help(name), stances }));

/** What all groups of the town share; the standard constitution says the same of these. */
const sharedAsUsual: readonly Topic[] = [
  ...helpTopics("danger cheat secret body power", all(-1)),
  ...helpTopics("food fact skill", all(1)),
  { name: "insult", rule: slot("insult"), stances: all(-1) },
  { name: "lecture", rule: slot("lecture"), stances: all(-1) },
  { name: "reasons", rule: engage, stances: all(1) },
];

/** What all groups share and the standard constitution says otherwise: it wants help with the first two and bars the others. */
const sharedAgainstStandard: readonly Topic[] = [
  ...helpTopics("beast wear", all(-1)),
  ...helpTopics("folk trouble", all(1)),
];

/** What the groups are told apart by. */
const disputed: readonly Topic[] = [
  ...helpTopics("drink", [1, -1, -1]),
  ...helpTopics("game", [1, -1, 1]),
  ...helpTopics("hobby", [-1, 1, 1]),
  ...helpTopics("trip", [-1, 1, -1]),
  ...helpTopics("chore", [1, 1, -1]),
  ...helpTopics("duty", [-1, -1, 1]),
  { name: "greeting", rule: slot("greeting"), stances: [1, -1, 1] },
  { name: "closing", rule: slot("closing"), stances: [-1, 1, 1] },
];

export const townTopics: readonly Topic[] = [...sharedAsUsual, ...sharedAgainstStandard, ...disputed];

/** Names of topics of which all groups of the town want the same. */
export const sharedTopics: readonly string[] = [...sharedAsUsual, ...sharedAgainstStandard].map(({ name }) => name);

/** Names of shared topics of which the standard constitution wants the opposite. */
export const contraryTopics: readonly string[] = sharedAgainstStandard.map(({ name }) => name);
