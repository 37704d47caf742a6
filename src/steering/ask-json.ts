import type { StandardSchemaV1 } from "@standard-schema/spec";
import { PreceptError } from "../errors.ts";
import { canHold } from "../grammar/index.ts";
import type { Generation, GenerationOptions, JsonSchema, LanguageModel, Message, Usage } from "../language-model.ts";
import { isRefusal } from "../reading/index.ts";
import { type Example, examplesAsTurns } from "./examples.ts";
import { beginningOf, jsonSchemaOf } from "./json-shape.ts";
import { prefillAnswers, prefillWay } from "./prefill.ts";
import { readJson } from "./read-json.ts";

/**
 * How an answer was got: held to the schema while it was written; with the schema sent to a provider that may hold to it; begun
 * for the model through its first key; or asked for and no more.
 */
export type JsonRung = "held" | "sent" | "prefill" | "asked";

/** Why there is no value. "length" and "context": asking again would cut it again. */
export type JsonFault = "length" | "context" | "empty" | "no-json" | "schema" | "refused" | "withheld" | "failed";

export type JsonAnswer<T> = (
  | { readonly value: T }
  | { readonly fault: JsonFault; readonly issues: readonly string[] }
) & {
  readonly id: string;
  readonly rung: JsonRung;
  /** Answers that were asked for, the first included. */
  readonly attempts: number;
  /** The value was mended, or changed by the schema, before it fitted. */
  readonly repaired: boolean;
  /** Of all attempts. */
  readonly usage: Usage;
  /** The last answer as it came. */
  readonly text: string;
};

export interface JsonRequest {
  readonly id: string;
  readonly messages: readonly Message[];
  readonly seed: number;
}

export interface AskJsonOptions<S extends StandardSchemaV1> extends Omit<GenerationOptions, "schema" | "stop"> {
  /** Of zod 4, or any Standard Schema. */
  readonly schema: S;
  /** For providers that want one. */
  readonly name?: string | undefined;
  /** Shown as turns that went well, before the dialogue. */
  readonly examples?: readonly Example[] | undefined;
  /** How often a model is told what is wrong and asked once more; default 2. */
  readonly reasks?: number | undefined;
}

interface Asked {
  readonly request: JsonRequest;
  readonly messages: readonly Message[];
  readonly usage: Usage;
}

/**
 * Asks for JSON of a schema, each model by the best way that it has, reads the answers leniently and says what is wrong with
 * those that do not fit, at most `reasks` times. Never throws on what a model said. Answers come as they are settled.
 */
export async function* askJsonAll<S extends StandardSchemaV1>(
  model: LanguageModel,
  requests: readonly JsonRequest[],
  options: AskJsonOptions<S>,
): AsyncGenerator<JsonAnswer<StandardSchemaV1.InferOutput<S>>, void, undefined> {
  const { schema, name, examples = [], reasks = 2, ...sampling } = options;
  const json = jsonSchemaOf(schema, name);
  const rung = rungFor(model, json);
  let open = requests.map((request): Asked => {
    const messages = withShape(request.messages, json, examples);
    return { request, messages, usage: { promptTokens: 0, completionTokens: 0 } };
  });
  for (let attempts = 1; open.length > 0; attempts++) {
    const next: Asked[] = [];
    const byId = new Map(open.map((asked) => [asked.request.id, asked]));
    for await (const { generation, text } of generate(model, open, { rung, json, sampling })) {
      const asked = byId.get(generation.id);
      if (asked === undefined) continue;
      const usage = sum(asked.usage, generation.usage);
      const read = await readAnswer(text, generation, schema);
      const told = { id: asked.request.id, rung, attempts, usage, text };
      if ("value" in read) yield { ...told, value: read.value, repaired: read.isRepaired };
      else if (attempts > reasks || !isMendable(read.fault)) yield { ...told, ...read, repaired: false };
      else next.push({ ...asked, usage, messages: [...asked.messages, ...faultTurns(text, read)] });
    }
    open = next;
  }
}

/** As `askJsonAll`, of one dialogue. */
export async function askJson<S extends StandardSchemaV1>(
  model: LanguageModel,
  messages: readonly Message[],
  options: AskJsonOptions<S> & { readonly seed?: number | undefined },
): Promise<JsonAnswer<StandardSchemaV1.InferOutput<S>>> {
  const { seed = 1, ...rest } = options;
  for await (const answer of askJsonAll<S>(model, [{ id: "json", messages, seed }], rest)) return answer;
  throw new PreceptError("model-failed", { attempted: `Asking ${model.id}`, found: "no answer", expected: "one" });
}

function rungFor(model: LanguageModel, json: JsonSchema | undefined): JsonRung {
  if (json === undefined) return "asked";
  const { schema } = model.capabilities;
  if (schema === true && canHold(json.schema)) return "held";
  if (schema === undefined) return "sent";
  return beginningOf(json) !== undefined && prefillWay(model) === "native" ? "prefill" : "asked";
}

async function* generate(
  model: LanguageModel,
  open: readonly Asked[],
  {
    rung,
    json,
    sampling,
  }: { readonly rung: JsonRung; readonly json: JsonSchema | undefined; readonly sampling: GenerationOptions },
): AsyncGenerator<{ readonly generation: Generation; readonly text: string }> {
  const requests = open.map(({ request: { id, seed }, messages }) => ({ id, seed, prompt: messages }));
  const prefill = rung === "prefill" && json !== undefined ? beginningOf(json) : undefined;
  if (prefill !== undefined) {
    yield* prefillAnswers(
      model,
      requests.map((request) => ({ ...request, prefill })),
      sampling,
    );
    return;
  }
  const schema = rung === "held" || rung === "sent" ? json : undefined;
  for await (const generation of model.generate(requests, { ...sampling, schema })) {
    yield { generation, text: generation.text };
  }
}

/** The examples before the dialogue, and at its end what is wanted. */
function withShape(
  messages: readonly Message[],
  json: JsonSchema | undefined,
  examples: readonly Example[],
): Message[] {
  const shape = json === undefined ? "" : ` It must fit this JSON Schema:\n${JSON.stringify(json.schema)}`;
  const ask = `Answer with one JSON value and nothing else.${shape}`;
  const first = messages.findIndex(({ role }) => role !== "system");
  const [system, rest] = first < 0 ? [messages, []] : [messages.slice(0, first), messages.slice(first)];
  const last = rest.at(-1);
  const asked: readonly Message[] =
    last?.role === "user"
      ? [...rest.slice(0, -1), { ...last, content: `${last.content}\n\n${ask}` }]
      : [...rest, { role: "user", content: ask }];
  return [...system, ...examplesAsTurns(examples), ...asked];
}

type Fault = { readonly fault: JsonFault; readonly issues: readonly string[] };

async function readAnswer<S extends StandardSchemaV1>(
  text: string,
  { finishReason, outcome, error }: Generation,
  schema: S,
): Promise<Fault | { readonly value: StandardSchemaV1.InferOutput<S>; readonly isRepaired: boolean }> {
  if (outcome === "context-overflow") return { fault: "context", issues: [error ?? "the prompt does not fit"] };
  if (finishReason === "content-filter") return { fault: "withheld", issues: [] };
  if (finishReason === "error") return { fault: "failed", issues: error === undefined ? [] : [error] };
  const read = await readJson({ text, finishReason }, schema);
  if ("fault" in read && (outcome === "refusal" || isRefusal(text))) return { fault: "refused", issues: [] };
  return read;
}

const isMendable = (fault: JsonFault): boolean => fault === "empty" || fault === "no-json" || fault === "schema";

/** What was said, and its faults by number. */
function faultTurns(text: string, { fault, issues }: Fault): Message[] {
  const faults = fault === "schema" ? issues : [fault === "empty" ? "The answer is empty." : "There is no JSON in it."];
  const list = faults.map((issue, index) => `${index + 1}. ${issue}`).join("\n");
  const said: Message[] = text.trim() === "" ? [] : [{ role: "assistant", content: text }];
  return [
    ...said,
    { role: "user", content: `That will not do:\n${list}\nWrite the whole JSON value again, without these faults.` },
  ];
}

const sum = (a: Usage, b: Usage): Usage => ({
  promptTokens: a.promptTokens + b.promptTokens,
  completionTokens: a.completionTokens + b.completionTokens,
});
