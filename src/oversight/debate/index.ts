/** Two debaters argue opposite answers before a judge who cannot see the passage; consultancy, full sight and no sight as controls. */

export type { Player } from "./ask.ts";
export { chatJudge, chatSpeaker } from "./chat-templates.ts";
export { type FoundDebate, keepDebate, readDebate } from "./found.ts";
export { type Bench, type HearOptions, hearQuestions } from "./hear.ts";
export { chatHidden, debateLabels, type HiddenWording } from "./labels.ts";
export { type Asked, askAs, type DebateQuestion, readDebateQuestions, type Side, sideOf, sides } from "./question.ts";
export { type Condition, conditions, type HearingRecord, hearingRecordSchema } from "./records.ts";
export { type DebateJob, type DebateSettings, runDebate } from "./run.ts";
export { playForTurns, type SelfPlayOptions, type WinningTurn, winningScore } from "./self-play.ts";
export {
  type BestOf,
  type Candidate,
  holdHearings,
  type Opening,
  type Seat,
  type SpeakOptions,
} from "./speak.ts";
export { type ConditionFigures, type DebateFigures, type SpeakerFigures, summariseHearings } from "./summary.ts";
export type { Evidence, JudgeTemplates, Quote, SpeakerTemplates, Turn, TurnInput } from "./templates.ts";
