import { randomBytes, randomUUID } from "node:crypto";
import { constitutionHash } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { chatTemplates, type FeedbackTemplates } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import { hashText, tryJson } from "../storage/index.ts";
import type { AuditLog, GuardEvent, GuardObserved } from "./audit.ts";
import type { Check, Finding } from "./check.ts";
import { Critic } from "./critic.ts";
import { acts, type Verdict } from "./decide.ts";
import { cutToBudget, type Exchange, type Turn, textOfStage } from "./exchange.ts";
import { classifierCheck, type TokenClassifier } from "./heads/classifier.ts";
import { matchHeads } from "./heads/head-file.ts";
import { Masks } from "./masks.ts";
import { thresholdsOf } from "./policy.ts";
import type { LoadedPolicy } from "./policy-file.ts";
import { rulesCheck } from "./rules/rules-check.ts";
import type { Stage } from "./stage.ts";
import { closedVerdict, GuardedText, type GuardParts } from "./text-guard.ts";

export interface GuardOptions {
  /** Criticises and rewrites; the policy's `checks.critic`. */
  readonly critic?: LanguageModel | undefined;
  /** How the critic is asked. Default: in chat turns. */
  readonly templates?: FeedbackTemplates | undefined;
  /** Answers in the place of the model; the policy's `route.to`. */
  readonly router?: LanguageModel | undefined;
  /** Guard models; each reads the side that it was trained for. */
  readonly classifiers?: readonly TokenClassifier[] | undefined;
  /** Refuse a guard model whose heads are not all of this constitution, in place of switching those off. Default false. */
  readonly strict?: boolean | undefined;
  readonly audit?: AuditLog | undefined;
  /** Hears of every event as it is written down. */
  readonly onEvent?: ((event: GuardObserved) => void) | undefined;
  /** Told why a check failed: the text that it was to read is not delivered. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Told what a person should know: heads that are switched off. */
  readonly onWarning?: ((text: string) => void) | undefined;
}

/** One request through a guard. */
export interface GuardedExchange {
  readonly traceId: string;
  /** Judges what people and tools wrote; `exchange` is the one to answer, with what is masked taken out. */
  input(): Promise<Verdict & { readonly exchange: Exchange }>;
  /** Guards one text of the answer; `isWhole`: it comes in one piece. */
  open(stage: Stage, isWhole?: boolean): GuardedText;
  /** Judges a call of a tool: its name, and every text in its arguments. */
  toolCall(call: ToolCall): Promise<Verdict>;
  /** Writes down what became of a text. @throws PreceptError disk, permission. */
  close(text: GuardedText, verdict: Verdict): void;
}

export interface ToolCall {
  readonly name: string;
  /** JSON, or whatever came in its place. */
  readonly arguments: string;
}

/** A constitution and its policy at work. */
export interface Guard {
  readonly constitutionHash: string;
  readonly policyHash: string;
  readonly loaded: LoadedPolicy;
  /** Whether it can change or stop anything; else it only writes down what it sees. */
  readonly isActing: boolean;
  begin(
    exchange: Exchange,
    about?: { readonly traceId?: string | undefined; readonly upstream?: string },
  ): GuardedExchange;
  close(): Promise<void>;
}

/** A guard over a loaded policy. */
export function createGuard(loaded: LoadedPolicy, options: GuardOptions = {}): Guard {
  const { policy, constitution } = loaded;
  const { critic: model, router, templates = chatTemplates(), audit, onEvent, classifiers = [] } = options;
  const critic = model && new Critic({ model, templates, limits: policy.limits });
  const parts: GuardParts = {
    loaded,
    checks: [rulesCheck(loaded.rules), ...classifiers.map((classifier) => headsOf(classifier, loaded, options))],
    critic,
    reroute: async (exchange) => (router === undefined ? undefined : answerBy(router, exchange)),
    onFailure: options.onFailure,
  };
  const hashes = { constitutionHash: constitutionHash(constitution), policyHash: loaded.policyHash };
  const isActing = acts(policy);
  return {
    ...hashes,
    loaded,
    isActing,
    begin(exchange, { traceId = randomBytes(16).toString("hex"), upstream = "" } = {}) {
      const masks = new Masks();
      const close = (text: GuardedText, verdict: Verdict): void => {
        const { stage, coverage, addedMs, revision } = text;
        const event: GuardObserved = {
          schemaVersion: 1,
          id: randomUUID(),
          traceId,
          spanId: randomBytes(8).toString("hex"),
          at: new Date().toISOString(),
          stage,
          ...hashes,
          upstream,
          findings: verdict.findings.map((finding) => withEvidence(finding, policy.audit?.text)),
          action: verdict.action,
          status: verdict.status,
          isActing,
          coverage,
          timing: { addedMs: round(addedMs) },
          revision: revision && {
            before: hashText(text.text),
            after: hashText(revision.text),
            critique: policy.audit?.text === "full" ? revision.critique : hashText(revision.critique),
          },
          cut: critic?.cutOf(exchange) ?? 0,
          text: keepText(text.text, policy.audit?.text),
        };
        audit?.append(event);
        onEvent?.(event);
      };
      const judge = async (stage: Stage, judged: string): Promise<Verdict> => {
        const text = new GuardedText(parts, exchange, { stage, masks, isWhole: true });
        const early = await text.push(judged);
        const { verdict } = await text.end();
        if (early.length > 0 || verdict.action !== "pass" || stage === "input") close(text, verdict);
        return verdict;
      };
      return {
        traceId,
        close,
        open: (stage, isWhole = false) => new GuardedText(parts, exchange, { stage, masks, isWhole }),
        async input() {
          const { unchecked = [] } = exchange;
          if (isActing && unchecked.length > 0 && policy.failure.unchecked === "closed") {
            const text = new GuardedText(parts, exchange, { stage: "input", masks, isWhole: true });
            const verdict = closedVerdict(`This cannot be checked here: ${[...new Set(unchecked)].join(", ")}.`);
            close(text, verdict);
            return { ...verdict, exchange };
          }
          const verdicts = [await judge("input", textOfStage(exchange, "input"))];
          const results = textOfStage(exchange, "tool-result");
          if (results !== "") verdicts.push(await judge("tool-result", results));
          const stopped = verdicts.find(({ say }) => say !== undefined);
          if (stopped !== undefined) return { ...stopped, exchange };
          const isMasked = verdicts.some(({ action }) => action === "mask");
          const findings = verdicts.flatMap((verdict) => verdict.findings);
          const status = unchecked.length > 0 ? "failed-open" : "checked";
          const action = isMasked ? "mask" : findings.length > 0 ? "observe" : "pass";
          return { action, findings, status, exchange: isMasked ? await maskTurns(parts, exchange, masks) : exchange };
        },
        toolCall: ({ name, arguments: given }) => judge("tool-call", [name, ...leavesOf(given), given].join("\n")),
      };
    },
    async close() {
      audit?.close();
      for (const classifier of classifiers) await classifier.dispose();
      await model?.dispose?.();
      await router?.dispose?.();
    },
  };
}

/** The heads of a guard model under this policy, those of other principles switched off. */
function headsOf(
  classifier: TokenClassifier,
  { policy, constitution }: LoadedPolicy,
  { critic, strict = false, onWarning }: GuardOptions,
): Check {
  const { isOn, off } = matchHeads(classifier.file, constitution, classifier.place);
  if (off.length > 0) {
    const found = `heads of principles that ${constitution.name} does not have in these words: ${off.join(", ")}`;
    if (strict) {
      throw new PreceptError("policy-invalid", {
        attempted: `Reading the heads of ${classifier.place}`,
        found,
        remedy:
          "train the guard model from a run of this constitution, or leave --strict out: they are then switched off",
      });
    }
    onWarning?.(`${classifier.place}: switched off are ${found}`);
  }
  const heads = classifier.file.principles.map(({ id }, index) => {
    return { isOn: isOn[index] === true, ...thresholdsOf(policy, id) };
  });
  return classifierCheck(classifier, { heads, asks: critic !== undefined });
}

async function maskTurns(parts: GuardParts, exchange: Exchange, masks: Masks): Promise<Exchange> {
  const turns: Turn[] = [];
  for (const turn of exchange.turns) {
    const stage = turn.role === "user" ? "input" : turn.role === "tool" ? "tool-result" : undefined;
    if (stage === undefined) turns.push(turn);
    else {
      const text = new GuardedText(parts, exchange, { stage, masks, isWhole: true });
      await text.push(turn.text);
      const { pieces } = await text.end();
      turns.push({ ...turn, text: pieces.map((piece) => piece.text).join("") });
    }
  }
  return { ...exchange, turns };
}

/** Every text in a JSON value, keys too; of what is no JSON, nothing but itself. */
function leavesOf(json: string): string[] {
  const leaves: string[] = [];
  const open = [tryJson(json)];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "string") leaves.push(value);
    else if (typeof value === "object" && value !== null) {
      if (!Array.isArray(value)) leaves.push(...Object.keys(value));
      for (const item of Object.values(value).reverse()) open.push(item);
    }
  }
  return leaves;
}

async function answerBy(model: LanguageModel, exchange: Exchange): Promise<string | undefined> {
  const { messages } = cutToBudget(exchange, Number.POSITIVE_INFINITY);
  try {
    for await (const { text, finishReason } of model.generate([{ id: "0", prompt: messages, seed: 1 }], {
      maxTokens: 1024,
    })) {
      return finishReason === "error" || text === "" ? undefined : text;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

type AuditText = "none" | "hash" | "full" | undefined;

function keepText(text: string, how: AuditText): string | undefined {
  if (how === undefined || how === "none" || text === "") return undefined;
  return how === "full" ? text : `sha256:${hashText(text)}`;
}

function withEvidence(finding: Finding, how: AuditText): GuardEvent["findings"][number] {
  const { evidence, span, ...rest } = finding;
  return { ...rest, span: [span[0], span[1]], evidence: keepText(evidence, how) };
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
