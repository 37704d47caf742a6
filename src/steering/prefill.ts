import { PreceptError } from "../errors.ts";
import type {
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
  Message,
  Prompt,
} from "../language-model.ts";

/** How a model was made to begin: it continues what it is given, as text behind its chat template, or it was asked to. */
export type PrefillWay = "native" | "template" | "asked";

export interface Prefilled {
  readonly id: string;
  /** The whole answer, beginning included. */
  readonly text: string;
  readonly how: PrefillWay;
  /** Whether the answer begins as it should. Only an answer that was asked for may not. */
  readonly kept: boolean;
  /** As the model gave it. */
  readonly generation: Generation;
}

export interface PrefillOptions extends GenerationOptions {
  /** A dialogue as the text that the model continues, for one that takes raw text and no prefill. */
  readonly render?: ((messages: readonly Message[]) => string) | undefined;
}

/** One request with the words that its answer is to begin with. */
export interface PrefillRequest extends Omit<GenerationRequest, "prefill"> {
  readonly prefill: string;
}

/** Models that said of themselves that they continue an answer, and then refused to. */
const refusing = new WeakSet<Pick<LanguageModel, "generate">>();

/** The way that is open with this model. */
export function prefillWay(
  model: Pick<LanguageModel, "capabilities" | "generate">,
  { render }: Pick<PrefillOptions, "render"> = {},
): PrefillWay {
  const { prefill, rawCompletion } = model.capabilities;
  if (prefill && !refusing.has(model)) return "native";
  return rawCompletion && render !== undefined ? "template" : "asked";
}

/**
 * Puts the first words of each answer into the model's mouth, and says how that was done and whether it held. The words are
 * never doubled. A model that refuses them once is asked in words from then on.
 * @throws PreceptError input-invalid for words that end in white space, or for none.
 */
export async function* prefillAnswers(
  model: LanguageModel,
  requests: readonly PrefillRequest[],
  options: PrefillOptions,
): AsyncGenerator<Prefilled, void, undefined> {
  for (const { id, prefill } of requests) checkPrefill(id, prefill);
  const { render, ...generation } = options;
  const usual = prefillWay(model, options);
  // Raw text needs no template: the answer goes on from it.
  const wayOf = ({ prompt }: PrefillRequest): PrefillWay =>
    usual === "asked" && typeof prompt === "string" && model.capabilities.rawCompletion ? "template" : usual;
  const byId = new Map(requests.map((request) => [request.id, request]));
  const refused: PrefillRequest[] = [];
  const asked = requests.map((request) => askIn(wayOf(request), request, render));
  for await (const answer of model.generate(asked, generation)) {
    const request = byId.get(answer.id);
    if (request === undefined) continue;
    const how = wayOf(request);
    if (how === "native" && isPrefillRefused(answer)) {
      refusing.add(model);
      refused.push(request);
    } else yield readPrefilled(how, request.prefill, answer);
  }
  if (refused.length > 0) yield* prefillAnswers(model, refused, options);
}

/** As `prefillAnswers`, of one request. */
export async function prefillAnswer(
  model: LanguageModel,
  request: GenerationRequest,
  text: string,
  options: PrefillOptions,
): Promise<Prefilled> {
  for await (const answer of prefillAnswers(model, [{ ...request, prefill: text }], options)) return answer;
  throw new PreceptError("model-failed", { attempted: `Asking ${model.id}`, found: "no answer", expected: "one" });
}

function checkPrefill(id: string, prefill: string): void {
  if (prefill !== "" && prefill === prefill.trimEnd()) return;
  throw new PreceptError("input-invalid", {
    attempted: `Prefilling the answer ${id}`,
    found: prefill === "" ? "no text" : "a text that ends in white space",
    expected: "a text that ends in another sign: tokens begin with the space before a word, and providers refuse it",
    remedy: "leave the white space at the end out",
  });
}

function askIn(how: PrefillWay, request: PrefillRequest, render: PrefillOptions["render"]): GenerationRequest {
  if (how === "native") return request;
  const { prefill, prompt, ...rest } = request;
  if (typeof prompt === "string")
    return { ...rest, prompt: how === "template" ? prompt + prefill : `${prompt}\n\n${askFor(prefill)}` };
  if (how === "template") return { ...rest, prompt: `${render?.(prompt) ?? ""}${prefill}` };
  return { ...rest, prompt: askToBegin(prompt, prefill) };
}

const askFor = (prefill: string): string =>
  `Begin your answer with exactly these characters, and go on from there:\n${prefill}`;

/** The words asked for at the end of the last turn, which is the person's. */
function askToBegin(messages: readonly Message[], prefill: string): Prompt {
  const ask = askFor(prefill);
  const last = messages.at(-1);
  if (last?.role !== "user") return [...messages, { role: "user", content: ask }];
  return [...messages.slice(0, -1), { ...last, content: `${last.content}\n\n${ask}` }];
}

function readPrefilled(how: PrefillWay, prefill: string, generation: Generation): Prefilled {
  const { id, text: said } = generation;
  const isMissing = generation.finishReason === "error" || generation.finishReason === "content-filter";
  if (isMissing) return { id, text: said, how, kept: false, generation };
  const begun = said.trimStart();
  if (how === "asked") return { id, text: begun, how, kept: begun.startsWith(prefill), generation };
  // A server that repeats what it was given.
  const isDoubled = how === "native" && prefill.length > 1 && begun.startsWith(prefill);
  return { id, text: isDoubled ? begun : prefill + said, how, kept: true, generation };
}

/** As providers word it: "Prefilling assistant messages is not supported", "must end with a user message". */
function isPrefillRefused({ outcome, error = "" }: Generation): boolean {
  return outcome === "invalid" && /pre-?fill|(?:end|finish) with a user|(?:last|final) (?:message|turn)/i.test(error);
}
