import type { Message } from "../../language-model.ts";
import { defaultThroughput, type OpenOptions } from "../options.ts";
import { type Attempt, GaveUp, Pool } from "../throughput/pool.ts";
import type { Abilities, HostedEndpoint } from "./endpoint.ts";

/** What is known already; undefined is to be found out. */
export type Known = { readonly [K in keyof Abilities]: Abilities[K] | undefined };

const PROBE_ATTEMPTS = 3;

/** A pool for questions about an endpoint: they are soon given up. */
export function probePool<E>(
  endpoints: readonly { readonly name: string; readonly endpoint: E }[],
  { throughput }: OpenOptions,
): Pool<E> {
  return new Pool(endpoints, { ...defaultThroughput, ...throughput, maxAttempts: PROBE_ATTEMPTS });
}

const TEXT = "The capital of France is";
const ASK: readonly Message[] = [{ role: "user", content: "Reply with the letter A." }];
const COUNT: readonly Message[] = [
  { role: "user", content: "Count from 1 to 9. Write the digits only, with spaces between them." },
];
const COUNTED = "1 2 3 4 5";

/**
 * Finds out with at most ten calls of a few tokens what is not known. A refused request means that the endpoint cannot.
 * @throws GaveUp when it cannot be reached, or refuses the key or the model.
 */
export async function probe(pool: Pool<HostedEndpoint>, known: Known, signal?: AbortSignal): Promise<Abilities> {
  const raw = await probeRaw(pool, known, signal);
  const isChat = known.chat ?? (await canChat(pool, raw.rawCompletion, signal));
  const chatTop = known.chatTop ?? (isChat ? await probeChatTop(pool, signal) : 0);
  const prefill = known.prefill ?? (isChat && (await canPrefill(pool, signal)));
  return { ...raw, chat: isChat, chatTop, prefill };
}

async function probeRaw(
  pool: Pool<HostedEndpoint>,
  known: Known,
  signal?: AbortSignal,
): Promise<Pick<Abilities, "rawCompletion" | "tokenIds" | "echo" | "rawTop">> {
  const none = { rawCompletion: false, tokenIds: false, echo: false, rawTop: 0 };
  const { rawCompletion, tokenIds: knownIds, echo: knownEcho, rawTop: knownTop } = known;
  if (rawCompletion === false) return none;
  if (rawCompletion === true && knownIds !== undefined && knownEcho !== undefined && knownTop !== undefined) {
    return { rawCompletion: true, tokenIds: knownIds, echo: knownEcho, rawTop: knownTop };
  }
  const options = { maxTokens: 1, temperature: 0 };
  const plain = await tryAsking(pool, signal, (endpoint, inner) =>
    requireHttp(endpoint).complete(TEXT, 0, options, 0, inner),
  );
  if (plain === undefined) return rawCompletion === true ? { ...none, rawCompletion: true } : none;
  const tokenIds = knownIds ?? (await canTellTokens(pool, signal));
  const echo = knownEcho ?? (await canEcho(pool, signal));
  let rawTop = 0;
  for (const top of [20, 5]) {
    if (rawTop > 0) break;
    const next = await tryAsking(pool, signal, (endpoint, inner) =>
      requireHttp(endpoint).nextAfterText(TEXT, 1, top, inner),
    );
    if ((next?.steps[0]?.top.length ?? 0) > 1) rawTop = top;
  }
  return { rawCompletion: true, tokenIds, echo, rawTop };
}

/** By what comes back, never by the status: servers ignore fields that they do not know. */
async function canTellTokens(pool: Pool<HostedEndpoint>, signal?: AbortSignal): Promise<boolean> {
  const told = await tryAsking(pool, signal, async (endpoint, inner) => {
    const http = requireHttp(endpoint);
    const ids = await http.tokenize(TEXT, inner);
    return http.nextAmong(ids, [...new Set(ids)].slice(0, 2), inner);
  });
  return told !== undefined;
}

/**
 * Not asked of a server with adapters: vLLM 0.32 ends at a request for the log-probabilities of a prompt where one is loaded
 * (measured, shared specification C.2).
 */
async function canEcho(pool: Pool<HostedEndpoint>, signal?: AbortSignal): Promise<boolean> {
  const served = await tryAsking(pool, signal, async (endpoint, inner) => {
    return { value: await requireHttp(endpoint).models(inner), headers: {}, tokens: 0 };
  });
  if (served?.some(({ isAdapter }) => isAdapter) === true) return false;
  const echoed = await tryAsking(pool, signal, (endpoint, inner) => requireHttp(endpoint).echo([TEXT], inner));
  const [text] = echoed?.texts ?? [];
  return text !== undefined && text.tokens.length > 1 && text.text.startsWith(TEXT);
}

async function canChat(pool: Pool<HostedEndpoint>, isOptional: boolean, signal?: AbortSignal): Promise<boolean> {
  const call = { messages: ASK, prefill: "", seed: 0, options: { maxTokens: 1 }, stopLimit: 0, isExplicit: false };
  return (await tryAsking(pool, signal, (endpoint, inner) => endpoint.chat(call, inner), !isOptional)) !== undefined;
}

async function probeChatTop(pool: Pool<HostedEndpoint>, signal?: AbortSignal): Promise<number> {
  for (const top of [20, 5]) {
    const next = await tryAsking(pool, signal, (endpoint, inner) =>
      requireHttp(endpoint).nextAfterDialogue(ASK, 1, top, inner),
    );
    if ((next?.steps[0]?.top.length ?? 0) > 1) return top;
  }
  return 0;
}

/** Given "1 2 3 4 5", a continued answer says 6; a new one would begin with 1, or talk. */
async function canPrefill(pool: Pool<HostedEndpoint>, signal?: AbortSignal): Promise<boolean> {
  const options = { maxTokens: 8, temperature: 0 };
  const call = { messages: COUNT, prefill: COUNTED, seed: 0, options, stopLimit: 0, isExplicit: false };
  const answer = await tryAsking(pool, signal, (endpoint, inner) => endpoint.chat(call, inner));
  return answer !== undefined && new RegExp(`^(${COUNTED})?\\s*6\\b`).test(answer.text);
}

function requireHttp({ http, name }: HostedEndpoint): NonNullable<HostedEndpoint["http"]> {
  if (http !== undefined) return http;
  throw new RangeError(`${name} does not speak OpenAI's protocol`);
}

/**
 * The answer, or undefined where the endpoint refuses. When strict, only a refusal of the request itself counts as one,
 * not an unknown address. @throws GaveUp
 */
async function tryAsking<T>(
  pool: Pool<HostedEndpoint>,
  signal: AbortSignal | undefined,
  attempt: Attempt<HostedEndpoint, T>,
  isStrict = false,
): Promise<T | undefined> {
  try {
    return (await pool.run(attempt, "probe", signal)).value;
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    const { failure } = error;
    if (failure.kind === "request") return undefined;
    const isMissing = failure.kind === "fatal" && [404, 405, 501].includes(failure.status);
    const isFaulty = failure.kind === "passing" && !failure.isConnection && !failure.isHtml;
    if (!isStrict && (isMissing || isFaulty)) return undefined;
    throw error;
  }
}
