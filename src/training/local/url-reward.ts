import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import { tryJson } from "../../storage/index.ts";
import type { Rollout, UrlReward } from "../trainer.ts";

/** Waits before the second and the third try, ms: a server that is restarted is back by then. */
const waits = [1000, 5000];

/** What a server is asked: one JSON object with the rollouts of a round. */
export const rewardRequestSchema = z.object({
  rollouts: z.array(
    z.object({
      id: z.string(),
      promptId: z.string(),
      prompt: z.union([z.string(), z.array(z.object({ role: z.string(), content: z.string() }))]),
      response: z.string(),
      finishReason: z.enum(["stop", "length"]),
    }),
  ),
});

const answerSchema = z.object({ rewards: z.array(z.number()) });

/**
 * Scores by a server: POST of `rewardRequestSchema`, answered by `{"rewards": [0.3, …]}` in the same order. What cannot be
 * reached or fails by a fault of its own (429, 5xx) is tried three times.
 * @throws PreceptError input-invalid for what is no address, or an answer of another form; model-failed, interrupted.
 */
export function scoreByUrl({ url, timeoutMs = 60_000 }: UrlReward) {
  const address = addressOf(url);
  return async (rollouts: readonly Rollout[], signal?: AbortSignal): Promise<readonly number[]> => {
    const body = rewardRequestSchema.encode({
      rollouts: rollouts.map((rollout) => ({ ...rollout, prompt: promptOf(rollout) })),
    });
    const attempted = `Scoring ${rollouts.length} rollouts by ${address}`;
    for (let attempt = 0; ; attempt++) {
      const answer = await post(address, JSON.stringify(body), timeoutMs, signal);
      if ("text" in answer) return parseAnswer(answer.text, attempted);
      const wait = waits[attempt];
      if (!answer.mayPass || wait === undefined) {
        throw new PreceptError("model-failed", {
          attempted,
          found: `${answer.fault}${attempt === 0 ? "" : `, ${attempt + 1} times`}`,
          expected: 'JSON such as {"rewards": [0.3]}, one number for each rollout',
          remedy: "see to the server and give the same command again: training continues from its last saved state",
          cause: answer.cause,
        });
      }
      await setTimeout(wait, undefined, { signal }).catch(() => undefined);
      throwIfInterrupted(signal, attempted);
    }
  };
}

type Answer =
  | { readonly text: string }
  | { readonly fault: string; readonly mayPass: boolean; readonly cause?: unknown };

async function post(address: string, body: string, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const text = await response.text();
    if (response.ok) return { text };
    const said = text.trim() === "" ? "" : `: ${text.trim().slice(0, 200)}`;
    return { fault: `status ${response.status}${said}`, mayPass: response.status === 429 || response.status >= 500 };
  } catch (cause) {
    throwIfInterrupted(signal, `Asking ${address} for rewards`);
    if (timeout.aborted) return { fault: `no answer within ${timeoutMs / 1000} s`, mayPass: true, cause };
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    return {
      fault: `no connection (${reason instanceof Error ? reason.message : String(reason)})`,
      mayPass: true,
      cause,
    };
  }
}

function parseAnswer(text: string, attempted: string): readonly number[] {
  const parsed = answerSchema.safeParse(tryJson(text));
  if (parsed.success) return parsed.data.rewards;
  throw new PreceptError("input-invalid", {
    attempted,
    found: text.trim() === "" ? "an empty answer" : `the answer ${text.trim().slice(0, 200)}`,
    expected: 'JSON such as {"rewards": [0.3]}, one number for each rollout',
  });
}

function addressOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "" && parsed.password === "")
    return url;
  throw new PreceptError("input-invalid", {
    attempted: "Opening the reward at a URL",
    found:
      parsed === null
        ? url
        : parsed.username === ""
          ? `the protocol ${parsed.protocol}`
          : "a URL with a name or password in it",
    expected: "http://… or https://…, without a secret: a run writes it down",
  });
}

function promptOf({ prompt }: Rollout) {
  return typeof prompt === "string" ? prompt : prompt.map(({ role, content }) => ({ role, content }));
}
