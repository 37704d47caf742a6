import {
  type ComparisonRecord,
  type FeedbackContext,
  type LabelOptions,
  type NoLabelRecord,
  type Pair,
  provenanceOf,
  requestSeed,
  shapeLabel,
} from "../../feedback/index.ts";
import type { Message, Usage } from "../../language-model.ts";
import type { Player } from "./ask.ts";
import { chatJudge, chatSpeaker } from "./chat-templates.ts";
import { hearQuestions } from "./hear.ts";
import type { DebateQuestion } from "./question.ts";
import type { HearingRecord } from "./records.ts";
import type { JudgeTemplates, SpeakerTemplates } from "./templates.ts";

/** How a prompt that hides a passage from the judge is read, and how its answers are debated. */
export interface HiddenWording {
  readonly speaker: SpeakerTemplates;
  readonly judging: JudgeTemplates;
  /** How a prompt hides a passage, for people. */
  readonly wanted: string;
  /** The passage of a prompt and the question without it; undefined where nothing is hidden. */
  readPrompt(messages: readonly Message[]): Pick<DebateQuestion, "passage" | "question"> | undefined;
  /** What a response claims; undefined where that cannot be read. */
  readClaim(response: string): string | undefined;
}

/** Who debates a pair, and before whom. */
export interface PairHearing {
  readonly judge: FeedbackContext;
  readonly debater: Player;
  readonly rounds: number;
  readonly labels: LabelOptions;
}

/** Comparison labels by debate: which of two responses is right the judge cannot see, and hears argued. */
export function debateLabels({ speaker, judging, wanted, readPrompt, readClaim }: HiddenWording) {
  const questionOf = ([first, second]: Pair): DebateQuestion | undefined => {
    const hidden = readPrompt(first.messages);
    const claims = [readClaim(first.response), readClaim(second.response)] as const;
    const [one, other] = claims;
    if (hidden === undefined || one === undefined || other === undefined || one === other) return undefined;
    // Which is right nobody knows here; only figures would read it.
    return { id: first.promptId, ...hidden, answers: [one, other], right: 0 };
  };
  return {
    version: `${speaker.version}/${judging.version}`,
    wanted,
    hides: (messages: readonly Message[]): boolean => readPrompt(messages) !== undefined,
    async label(pairs: readonly Pair[], hearing: PairHearing): Promise<(ComparisonRecord | NoLabelRecord)[]> {
      const { judge, debater, rounds } = hearing;
      const questions = pairs.flatMap((pair) => questionOf(pair) ?? []);
      const spent = new Map<string, Usage>();
      const records = await hearQuestions(
        questions,
        { debaters: [debater], judge: { name: judge.modelName, model: judge.model }, speaker, judging },
        {
          ...{ rounds, temperature: 1, seed: judge.seed, conditions: ["debate"], signal: judge.signal },
          onUsage(id, usage) {
            judge.onAnswer?.(usage);
            const question = questions.find((one) => id.startsWith(`${one.id}/`))?.id ?? "";
            const { promptTokens, completionTokens } = spent.get(question) ?? noUsage;
            spent.set(question, {
              promptTokens: promptTokens + usage.promptTokens,
              completionTokens: completionTokens + usage.completionTokens,
            });
          },
        },
      );
      judge.onShare?.(1);
      const heard = Map.groupBy(records, ({ questionId }) => questionId);
      return pairs.map((pair) => {
        const [{ promptId }] = pair;
        const version = `${speaker.version}/${judging.version}`;
        return recordOf(pair, heard.get(promptId) ?? [], {
          ...hearing,
          version,
          usage: spent.get(promptId) ?? noUsage,
        });
      });
    },
  };
}

const hiddenPart = /<passage>([\s\S]*?)<\/passage>/;

/** Prompts in English hide what stands between <passage> and </passage>; what a response says is its claim. */
export const chatHidden: HiddenWording = {
  speaker: chatSpeaker,
  judging: chatJudge,
  wanted: "between <passage> and </passage>",
  readPrompt(messages) {
    const text = messages.findLast(({ role }) => role === "user")?.content ?? "";
    const passage = hiddenPart.exec(text)?.[1]?.trim() ?? "";
    return passage === "" ? undefined : { passage, question: text.replace(hiddenPart, "").trim() };
  },
  readClaim: (response) => (response.trim() === "" ? undefined : response.trim()),
};

const noUsage: Usage = { promptTokens: 0, completionTokens: 0 };

function recordOf(
  [first, second]: Pair,
  hearings: readonly HearingRecord[],
  { judge, labels, version, usage }: PairHearing & { readonly version: string; readonly usage: Usage },
): ComparisonRecord | NoLabelRecord {
  const { promptId, kind } = first;
  const shared = {
    ...{ ...provenanceOf(judge), templateVersion: version, parents: [first.id, second.id], principleId: null },
    ...{ seed: requestSeed(judge, { item: promptId, round: 0, sample: 0, role: "debate" }), promptId, usage },
    source: kind === "helpful" ? "helpfulness" : "harmlessness",
    responses: [first.response, second.response],
  } satisfies Partial<ComparisonRecord>;
  const read = hearings.flatMap(({ probability }) => probability ?? []);
  if (read.length === 0 || read.length < hearings.length) {
    const open = hearings.find(({ probability }) => probability === null);
    const order = open?.isSwapped === true ? "swapped" : "as-given";
    const missing = open?.missing ?? "unparsable";
    const unanswered: NoLabelRecord["unanswered"] = [{ principleId: "debate", order, missing }];
    return { ...shared, type: "no-label", id: `${judge.stage}/${promptId}/no-label`, unanswered };
  }
  const raw = read.reduce((sum, probability) => sum + probability, 0) / read.length;
  return {
    ...{ ...shared, type: "comparison", id: `${judge.stage}/${promptId}/comparison`, labelledBy: "debate" },
    ...{ label: shapeLabel(raw, labels), raw, clamp: labels.clamp === null ? null : [...labels.clamp], evidence: [] },
  };
}
