import { randomBytes } from "node:crypto";
import { constitutionHash } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { chatTemplates, type FeedbackTemplates } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import { priceOf } from "../spending/index.ts";
import type { AuditLog, GuardEvent, GuardObserved } from "./audit.ts";
import type { Check } from "./check.ts";
import { Critic } from "./critic.ts";
import { acts } from "./decide.ts";
import { cutToBudget, type Exchange } from "./exchange.ts";
import { beginExchange, type GuardedExchange } from "./guarded-exchange.ts";
import { classifierCheck, type TokenClassifier } from "./heads/classifier.ts";
import { matchHeads } from "./heads/head-file.ts";
import type { GuardParts } from "./judge.ts";
import { thresholdsOf } from "./policy.ts";
import type { LoadedPolicy } from "./policy-file.ts";
import { rulesCheck } from "./rules/rules-check.ts";
import { StickyTurns, tightenPolicy } from "./sticky.ts";
import { findActiveSpan, traceEvent } from "./trace-event.ts";

export interface GuardOptions {
  /** Criticises and rewrites; the policy's `checks.critic`. */
  readonly critic?: LanguageModel | undefined;
  /** How the critic is asked. Default: in chat turns. */
  readonly templates?: FeedbackTemplates | undefined;
  /** Answers in the place of the model; the policy's `route.to`. */
  readonly router?: LanguageModel | undefined;
  /** Guard models; each reads the side that it was trained for. */
  readonly classifiers?: readonly TokenClassifier[] | undefined;
  /** What is written down of the guard models: the hash of each. `openGuard` takes it from their files. */
  readonly guardModels?: GuardEvent["guardModels"];
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

/** A constitution and its policy at work. */
export interface Guard {
  readonly constitutionHash: string;
  readonly policyHash: string;
  readonly loaded: LoadedPolicy;
  /** Whether it can change or stop anything; else it only writes down what it sees. */
  readonly isActing: boolean;
  begin(
    exchange: Exchange,
    about?: {
      readonly traceId?: string | undefined;
      readonly upstream?: string;
      /** Names the conversation for the policy's `sticky`. */
      readonly conversationId?: string | undefined;
    },
  ): GuardedExchange;
  close(): Promise<void>;
}

/** A guard over a loaded policy. */
export function createGuard(loaded: LoadedPolicy, options: GuardOptions = {}): Guard {
  const { policy, constitution } = loaded;
  const { critic: model, router, templates = chatTemplates(), audit, onEvent, classifiers = [] } = options;
  const price = policy.checks.critic && priceOf(policy.checks.critic.model, policy.prices);
  const critic = model && new Critic({ model, templates, limits: policy.limits, price });
  if (policy.stream === "mend" && model?.capabilities.prefill === false) throw cannotMend(model.id);
  const rules = rulesCheck(loaded.rules);
  const partsUnder = (own: LoadedPolicy, onWarning = options.onWarning): GuardParts => ({
    loaded: own,
    checks: [rules, ...classifiers.map((classifier) => headsOf(classifier, own, { ...options, onWarning }))],
    critic,
    reroute: async (exchange) => (router === undefined ? undefined : answerBy(router, exchange)),
    onFailure: options.onFailure,
  });
  const parts = partsUnder(loaded);
  const sticky = policy.sticky === undefined ? undefined : new StickyTurns(policy.sticky);
  let strict: GuardParts | undefined;
  const strictParts = (): GuardParts =>
    (strict ??= partsUnder({ ...loaded, policy: tightenPolicy(policy, constitution) }, () => undefined));
  const hashes = { constitutionHash: constitutionHash(constitution), policyHash: loaded.policyHash };
  const { guardModels } = options;
  const isActing = acts(policy);
  const note = (event: GuardObserved): void => {
    audit?.append(event);
    onEvent?.(event);
  };
  return {
    ...hashes,
    loaded,
    isActing,
    begin(exchange, { traceId, upstream = "", conversationId } = {}) {
      const span = findActiveSpan();
      const isStrict = conversationId !== undefined && sticky?.begin(conversationId) === true ? true : undefined;
      const ownTrace = traceId ?? span?.spanContext().traceId ?? randomBytes(16).toString("hex");
      const head = { ...hashes, guardModels, isActing, isStrict, upstream, traceId: ownTrace };
      const noteTurn = (event: GuardObserved): void => {
        if (conversationId !== undefined && isDistrusted(event)) sticky?.note(conversationId);
        note(event);
        traceEvent(span, event);
      };
      return beginExchange({ ...(isStrict ? strictParts() : parts), rules, head, note: noteTurn }, exchange);
    },
    async close() {
      audit?.close();
      for (const classifier of classifiers) await classifier.dispose();
      await model?.dispose?.();
      await router?.dispose?.();
    },
  };
}

const cannotMend = (id: string): PreceptError =>
  new PreceptError("policy-invalid", {
    attempted: "Mending streams: stream: mend",
    found: `a critic that cannot go on from a given start: ${id}`,
    expected: "a model that takes the first words of its answer",
    remedy: "another checks.critic.model, or stream: buffer",
  });

/** Whether what was found is a reason to look more closely from now on: no mask, and nothing that a critic let pass. */
const isDistrusted = ({ action, findings }: GuardObserved): boolean =>
  action === "observe"
    ? findings.some(({ score, threshold }) => score >= threshold)
    : action !== "pass" && action !== "mask";

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
  const stage = classifier.file.side;
  const heads = classifier.file.principles.map(({ id }, index) => {
    return { isOn: isOn[index] === true, ...thresholdsOf(policy, id, stage) };
  });
  return classifierCheck(classifier, { heads, asks: critic !== undefined });
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
