import type { GuardEvent, GuardObserved } from "./audit.ts";
import type { Check } from "./check.ts";
import type { Verdict } from "./decide.ts";
import { describeText } from "./event.ts";
import { type Exchange, type Turn, textOfStage } from "./exchange.ts";
import { leavesOf } from "./json-leaves.ts";
import type { GuardParts } from "./judge.ts";
import { Masks } from "./masks.ts";
import type { Stage } from "./stage.ts";
import { closedVerdict, GuardedText } from "./text-guard.ts";

export interface ToolCall {
  readonly name: string;
  /** JSON, or whatever came in its place. */
  readonly arguments: string;
}

/** What is known of the input; `exchange` is the one to answer, with what is masked taken out. */
export interface InputVerdict extends Verdict {
  readonly exchange: Exchange;
}

/** What rules say of the input. */
export interface EarlyVerdict extends InputVerdict {
  /**
   * Where models must still read the input: their verdict. Meanwhile the answer may be asked for, and nothing of it delivered.
   * `came` says how many of its characters were there by then, for the audit line of an answer that came in vain.
   */
  readonly later?: ((came: () => number) => Promise<Verdict>) | undefined;
}

/** One request through a guard. */
export interface GuardedExchange {
  readonly traceId: string;
  /** Judges what people and tools wrote. */
  input(): Promise<InputVerdict>;
  /** The same in two steps, for who asks the model beside the second. */
  inputByRules(): Promise<EarlyVerdict>;
  /** Guards one text of the answer; `isWhole`: it comes in one piece. */
  open(stage: Stage, isWhole?: boolean): GuardedText;
  /** Judges a call of a tool: its name, and every text in its arguments; `arguments` are those to deliver. */
  toolCall(call: ToolCall): Promise<Verdict & Pick<ToolCall, "arguments">>;
  /** A value of the request with everything in it that is masked in the input replaced by its name. */
  hide<T>(value: T): T;
  /** Whether a conversation still holds what is to be masked. */
  holdsMasked(exchange: Exchange): Promise<boolean>;
  /** Writes down what became of a text. @throws PreceptError disk, permission. */
  close(text: GuardedText, verdict: Verdict): void;
}

/** What one request needs of its guard. */
export interface ExchangeParts extends GuardParts {
  readonly rules: Check;
  /** What stands in every line of the audit. */
  readonly head: Pick<
    GuardEvent,
    "constitutionHash" | "policyHash" | "guardModels" | "isActing" | "isStrict" | "upstream" | "traceId"
  >;
  readonly note: (event: GuardObserved) => void;
}

/** A text that was judged in one piece. */
interface Read {
  readonly text: GuardedText;
  readonly verdict: Verdict;
}

/** Guards one request. */
export function beginExchange(parts: ExchangeParts, exchange: Exchange): GuardedExchange {
  const { rules, head, note, loaded, critic } = parts;
  const { policy } = loaded;
  const masks = new Masks();
  const { unchecked = [] } = exchange;
  let current = exchange;
  const write = (text: GuardedText, verdict: Verdict, wasted?: number): void => {
    const cut = critic?.cutOf(exchange) ?? 0;
    note({ ...head, ...describeText(text, verdict, policy.audit?.text), cut, wasted });
  };
  const read = async (text: GuardedText, judged: string): Promise<Read> => {
    await text.push(judged);
    return { text, verdict: (await text.end()).verdict };
  };
  const readInput = async (checks: readonly Check[], of = exchange): Promise<readonly Read[]> => {
    const reads: Read[] = [];
    for (const stage of ["input", "tool-result"] as const) {
      const judged = textOfStage(of, stage);
      if (stage === "tool-result" && judged === "") continue;
      // Names are given turn by turn: these texts are thrown away.
      const one = await read(new GuardedText({ ...parts, checks }, exchange, { stage, isWhole: true }), judged);
      const isUnread = unchecked.length > 0 && one.verdict.status === "checked";
      reads.push(isUnread ? { ...one, verdict: { ...one.verdict, status: "failed-open" } } : one);
    }
    return reads;
  };
  const asksModels = parts.checks.some((check) => check !== rules && check.stages.includes("input"));
  const masksAnything = policy.rules.some(({ action }) => action === "mask");

  const inputByRules = async (): Promise<EarlyVerdict> => {
    if (head.isActing && unchecked.length > 0 && policy.failure.unchecked === "closed") {
      const text = new GuardedText(parts, exchange, { stage: "input", isWhole: true });
      const verdict = closedVerdict(`This cannot be checked here: ${[...new Set(unchecked)].join(", ")}.`);
      write(text, verdict);
      return { ...verdict, exchange };
    }
    const reads = await readInput([rules]);
    const early = verdictOf(reads);
    const isMasked = early.say === undefined && early.action === "mask";
    if (isMasked) current = await maskTurns(parts, exchange, masks);
    else if (masksAnything) for (const { text } of exchange.turns) masks.reserve(text);
    const sent = current;
    if (early.say === undefined && asksModels) {
      const later = async (came: () => number): Promise<Verdict> => {
        const all = await readInput(parts.checks);
        const verdict = verdictOf(all);
        const wasted = verdict.say === undefined ? undefined : came();
        for (const one of all) write(one.text, one.verdict, one.verdict.say === undefined ? undefined : wasted);
        return verdict;
      };
      return { ...early, exchange: sent, later };
    }
    for (const one of reads) write(one.text, one.verdict);
    return { ...early, exchange: sent };
  };

  return {
    traceId: head.traceId,
    inputByRules,
    close: write,
    open: (stage, isWhole = false) => new GuardedText(parts, current, { stage, masks, isWhole }),
    hide: (value) => masks.hide(value),
    holdsMasked: async (other) => verdictOf(await readInput([rules], other)).action === "mask",
    async input() {
      const { later, ...early } = await inputByRules();
      return later === undefined ? early : { ...(await later(() => 0)), exchange: early.exchange };
    },
    async toolCall({ name, arguments: given }) {
      const guarded = new GuardedText(parts, current, { stage: "tool-call", masks, isWhole: true });
      const { text, verdict } = await read(guarded, [name, ...leavesOf(given), given].join("\n"));
      if (verdict.say === undefined) text.countDelivered({ text: "", length: name.length + given.length, isOwn: true });
      write(text, verdict);
      const masked = verdict.action === "mask" ? masks.hide(given) : given;
      return { ...verdict, arguments: masks.restoreJson(masked) };
    },
  };
}

/** What stops the input, else all that was found in it. */
function verdictOf(reads: readonly Read[]): Verdict {
  const verdicts = reads.map(({ verdict }) => verdict);
  const stopped = verdicts.find(({ say }) => say !== undefined);
  if (stopped !== undefined) return stopped;
  const findings = verdicts.flatMap((verdict) => verdict.findings);
  const isMasked = verdicts.some(({ action }) => action === "mask");
  const status = verdicts.find((verdict) => verdict.status !== "checked")?.status ?? "checked";
  return { action: isMasked ? "mask" : findings.length > 0 ? "observe" : "pass", findings, status };
}

/** The conversation with names in place of what is masked, also where the model said it earlier. */
async function maskTurns(parts: ExchangeParts, exchange: Exchange, masks: Masks): Promise<Exchange> {
  const turns: Turn[] = [];
  for (const turn of exchange.turns) {
    const stage = turn.role === "user" ? "input" : turn.role === "tool" ? "tool-result" : undefined;
    masks.reserve(turn.text);
    if (stage === undefined) turns.push(turn);
    else {
      const text = new GuardedText({ ...parts, checks: [parts.rules] }, exchange, { stage, masks, isWhole: true });
      await text.push(turn.text);
      const { pieces } = await text.end();
      turns.push({ ...turn, text: pieces.map((piece) => piece.text).join("") });
    }
  }
  const texts = masks.hide(turns.map(({ text }) => text));
  return { ...exchange, turns: turns.map((turn, index) => ({ ...turn, text: texts[index] ?? "" })) };
}
