import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DraftedConstitution, opinionOf, ratifyConstitution } from "../../collective/drafting/index.ts";
import {
  type Analysis,
  analyse,
  type Conversation,
  countShown,
  type Vote,
  type VoteEvent,
} from "../../collective/index.ts";
import { configurationSchema } from "../../collective/site/index.ts";
import { openStore, type SiteEvent } from "../../collective/store/index.ts";
import { makeFolder } from "../../storage/index.ts";

const at = 1_700_000_000_000;
const question = "What should the assistant of our town hall do?";
const topics = ["tea", "chess", "rain", "trains", "opera", "golf", "bread", "rivers", "ships", "bees", "wool"];
const texts = [
  "It should not help anybody to do harm.",
  "It should answer in plain words.",
  ...topics.map((topic) => `It should talk about ${topic}.`),
  "Only three people said something to this.",
  "Four of one group said something to this.",
];
const [lonely, thin] = [texts.length - 2, texts.length - 1];

/** Two groups of thirty that share the first two statements; cells of few people on the last two. */
export const conversation: Conversation = {
  statements: texts.map((text, index) => ({
    ...{ id: `s${index}`, text, at, isSeed: true, isMeta: false, moderation: "accepted" },
  })),
  votes: Array.from({ length: 60 }, (_, person) => person).flatMap((person) =>
    texts.flatMap((_, index): VoteEvent[] => {
      if ((index === lonely && person > 2) || (index === thin && person > 33)) return [];
      const agrees = index < 2 || (index % 2 === 0) === person < 30;
      const vote: Vote = index > 1 && (person + index) % 11 === 0 ? "pass" : agrees ? "agree" : "disagree";
      return [
        { participant: `person-${person}`, statement: `s${index}`, vote, at: at + person * 900_000 + index * 1000 },
      ];
    }),
  ),
};

let analysis: Analysis | undefined;

/** Principles of these ids, the first on two statements, drafted of the conversation. */
export function draftedAs(ids: readonly string[]): DraftedConstitution {
  analysis ??= analyse(conversation, { seed: 1 });
  const { hashes, grouping, statements, positions } = analysis;
  const sourceOf = (index: number): DraftedConstitution["principles"][number]["statements"][number] => {
    const figures = statements.find(({ statement }) => statement === `s${index}`);
    if (figures === undefined) throw new Error(`no figures of s${index}`);
    const { counts, groupCounts, groupAwareConsensus, agreement } = figures;
    const { estimate, lower, upper, probability, state } = agreement;
    const { all, groups } = countShown(counts, groupCounts, 5);
    const isWhole = groups.every((shown) => shown !== null);
    return {
      ...{ id: `s${index}`, text: texts[index] ?? "", counts: all, groupCounts: [...groups] },
      groupAwareConsensus: isWhole ? groupAwareConsensus : null,
      agreement: isWhole ? { estimate, lower, upper, probability, state } : null,
      rejectedBy: [],
    };
  };
  return {
    ...{ schemaVersion: 1, title: "Our town hall", ...hashes, seed: 1, drafter: "scripted", templates: "statements-1" },
    ...{ selection: { by: "posterior", probability: 0.95 }, weighting: "uniform" },
    participants: positions.length,
    groups: grouping.groups.map(({ members }) => members.length),
    principles: ids.map((id, index) => ({
      ...{ id, text: `Choose the response that keeps ${id} best.`, weight: 1 },
      statements: index === 0 ? [sourceOf(0), sourceOf(thin)] : [sourceOf(index)],
      drafts: [
        {
          ...{ record: `draft-statements/s${index}`, by: "model", polarity: "same", scope: "kept" },
          ...{ fromStatement: 0.9, fromPrinciple: 0.8, several: null },
        },
      ],
    })),
    conflicts: [{ ids: [ids[0] ?? "", ids[1] ?? ""], by: "rule", why: "one forbids what the other asks for" }],
    unwritten: [{ statement: "s4", demand: "talk about rain", fault: "it says nothing of a response" }],
    unrepresented: [],
    opinion: opinionOf(conversation, analysis, {
      ...{ question, smallestCell: 5, when: "before", flagged: { people: 20, isLeftOut: false } },
    }),
  };
}

/** Where a constitution of these principles comes from: all but the last are ratified, on the last one few have voted. */
export function provenanceAs(ids: readonly string[]) {
  const drafted = draftedAs(ids);
  const voters = (index: number): number => (index === ids.length - 1 ? 3 : 40);
  const votes = ids.flatMap((principle, index) =>
    Array.from({ length: voters(index) }, (_, person) => ({
      ...({ participant: `person-${person}`, principle, vote: person % 10 === 9 ? "disagree" : "agree" } as const),
    })),
  );
  const groupOf = new Map(analysis?.positions.map(({ participant, group }) => [participant, group]));
  return ratifyConstitution(drafted, votes, { groupOf }).provenance;
}

/** The folder of a conversation of so many people, without a draft. */
export async function writeCrowd(folder: string, people: number): Promise<void> {
  const votes = Array.from({ length: people }, (_, person) =>
    conversation.votes
      .slice((person % 60) * 13, (person % 60) * 13 + 13)
      .map((vote) => ({ ...vote, participant: `person-${person}` })),
  ).flat();
  await writeEvents(folder, votes);
}

/** The folder of a conversation: its log, and, where principles are named, its draft. */
export async function writeTown(folder: string, ids: readonly string[] = []): Promise<void> {
  await writeEvents(folder, conversation.votes);
  if (ids.length === 0) return;
  makeFolder(join(folder, "draft"));
  writeFileSync(join(folder, "draft", "drafted.json"), JSON.stringify(draftedAs(ids)));
  writeFileSync(join(folder, "provenance.json"), JSON.stringify(provenanceAs(ids)));
}

async function writeEvents(folder: string, votes: Conversation["votes"]): Promise<void> {
  makeFolder(folder);
  const configuration = configurationSchema.parse({ title: "Our town hall", question, seeds: texts.slice(0, 2) });
  const store = await openStore({ folder });
  const events: SiteEvent[] = [
    { kind: "configuration", at, configuration },
    ...conversation.statements.map(
      ({ id, text }): SiteEvent => ({
        ...{ kind: "statement", at, statement: id, text, language: "en", isSeed: true, isMeta: false },
      }),
    ),
    ...votes.map((vote): SiteEvent => ({ kind: "vote", ...vote })),
  ];
  await store.append(events.map((event) => ({ event })));
  await store.close();
}
