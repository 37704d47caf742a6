import { configurationSchema } from "../../collective/site/index.ts";
import { openStore, type SiteEvent } from "../../collective/store/index.ts";
import { scriptedModel } from "../../models/index.ts";

export const at = 1_700_000_000_000;
const topics = "tea chess rain trains opera golf bread rivers ships bees wool clocks glass".split(" ");
const textsOf = (count: number): string[] => [
  ...["The AI should not lie.", "The AI should be patient."],
  ...topics.slice(0, count - 2).map((name) => `The AI should talk about ${name}.`),
];

/** Appends events to the log in a folder. */
export async function writeLog(folder: string, events: readonly SiteEvent[]): Promise<void> {
  const store = await openStore({ folder });
  try {
    await store.append(events.map((event) => ({ event })));
  } finally {
    await store.close();
  }
}

/** Two groups of thirty that share the first two statements and nothing else; ballot-stuffers disagree with all of 15, in a hurry. */
export async function openTown(
  folder: string,
  stuffers = 0,
  further: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const texts = textsOf(stuffers === 0 ? 8 : 15);
  const configuration = configurationSchema.parse({
    title: "Our town",
    question: "What should it do?",
    seeds: ["The AI should not lie."],
    ...further,
  });
  const people = Array.from({ length: 60 + stuffers }, (_, index) => `person-${index}`);
  const agrees = (person: number, statement: number): boolean =>
    person < 60 && (statement < 2 || (statement % 2 === 0) === person < 30);
  await writeLog(folder, [
    { kind: "configuration", at, configuration },
    ...texts.map(
      (text, index): SiteEvent => ({
        ...{ kind: "statement", at, statement: `s${index}`, text, language: "en", isSeed: true, isMeta: false },
      }),
    ),
    ...texts.map(
      (_, index): SiteEvent => ({
        ...{ kind: "moderation", at, statement: `s${index}`, moderation: "accepted", reason: "", note: "" },
      }),
    ),
    ...people.flatMap((participant, person) =>
      texts.map(
        (_, index): SiteEvent => ({
          ...{ kind: "vote", participant, statement: `s${index}`, vote: agrees(person, index) ? "agree" : "disagree" },
          at: at + person * 1_200_000 + index * (person < 60 ? 60_000 : 1000),
        }),
      ),
    ),
  ]);
}

/** Writes one statement as a principle, and leaves the others to the template. */
export const drafter = scriptedModel({
  generate: ({ prompt }) =>
    JSON.stringify(prompt).includes("Statement: The AI should not lie.")
      ? "Choose the response that lies least."
      : "I would rather not.",
  choose: () => [0.9, 0.1],
});
