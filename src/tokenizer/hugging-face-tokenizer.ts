import { Tokenizer as Library } from "@huggingface/tokenizers";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { chatTemplate, frameOf, type SpecialTokens, templateSource } from "./chat-template.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { prepareFile } from "./tokenizer-flags.ts";

/** The files beside tokenizer.json that a model's tokenizer may need, and that are saved with it as they were. */
export const tokenizerFiles = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "chat_template.jinja",
  "chat_template.json",
  "generation_config.json",
] as const;

/** More ids than any vocabulary has: an id beyond is an error of the file, and would cost memory. */
const MAX_ID = 2 ** 24;

const id = z.int().nonnegative().max(MAX_ID);
const tokenizerJson = z.object({
  added_tokens: z.array(z.object({ id, content: z.string(), special: z.boolean().default(false) })).default([]),
  model: z.object({
    type: z.string().nullish(),
    vocab: z.union([z.record(z.string(), id), z.array(z.tuple([z.string(), z.number()]).rest(z.unknown()))]),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).nullish(),
    continuing_subword_prefix: z.string().nullish(),
  }),
});

const tokenText = z.union([z.string(), z.object({ content: z.string() })]).nullish();
/** tokenizer_config.json, and special_tokens_map.json, which says what the former leaves out. */
const tokenizerConfig = z.object({
  bos_token: tokenText,
  eos_token: tokenText,
  pad_token: tokenText,
  unk_token: tokenText,
  sep_token: tokenText,
  cls_token: tokenText,
  mask_token: tokenText,
  additional_special_tokens: z.array(tokenText).nullish(),
  chat_template: z.unknown().optional(),
});
type TokenizerConfig = z.infer<typeof tokenizerConfig>;
const generationConfig = z.object({ eos_token_id: z.union([id, z.array(id)]).nullish() });

export interface HuggingFaceTokenizerOptions {
  /** Tokens that end a text, where neither tokenizer_config.json nor generation_config.json name one: those of config.json. */
  readonly stopTokens?: readonly number[];
  /** For messages. */
  readonly path?: string;
}

/**
 * The tokenizer of any model on the hub, from the contents of its files, by @huggingface/tokenizers. Departure from
 * transformers: `decode` never tidies spaces, so that it gives back what was encoded.
 * @throws PreceptError checkpoint-invalid for damaged files, or files that contradict one another.
 */
export function huggingFaceTokenizer(
  files: Readonly<Record<string, string>>,
  options: HuggingFaceTokenizerOptions = {},
): Tokenizer {
  const { path = "tokenizer.json" } = options;
  const fail = (found: string, expected: string, cause?: unknown): PreceptError =>
    new PreceptError("checkpoint-invalid", { attempted: `Reading the tokenizer ${path}`, found, expected, cause });
  const parse = (name: string): unknown => {
    try {
      return JSON.parse(files[name] ?? "{}");
    } catch (cause) {
      throw fail(`a ${name} that is not JSON`, "the file of a Hugging Face model", cause);
    }
  };
  const check = <Schema extends z.ZodType>(name: string, json: unknown, schema: Schema): z.infer<Schema> => {
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw fail(`${name}: ${issues.slice(0, 5).join("; ")}`, "the file of a Hugging Face model", parsed.error);
  };
  const [json, configJson] = [parse("tokenizer.json"), parse("tokenizer_config.json")];
  const file = check("tokenizer.json", json, tokenizerJson);
  const config = check("tokenizer_config.json", configJson, tokenizerConfig);
  const map = check("special_tokens_map.json", parse("special_tokens_map.json"), tokenizerConfig);
  const specialTokens = { ...specialTexts(map), ...specialTexts(config) };
  const tokens = tokensOf(file, fail);
  checkMerges(file.model, fail);

  const { file: prepared, mark, unmark } = prepareFile(json, configJson, fail);
  let library: LibraryTokenizer;
  try {
    library = new Library(prepared, { ...(configJson as object), ...specialTokens });
  } catch (cause) {
    throw fail(
      cause instanceof Error ? cause.message : String(cause),
      "a tokenizer that @huggingface/tokenizers reads",
      cause,
    );
  }

  keepByteOrderMarks(library.decoder);

  const special = new Set(file.added_tokens.flatMap((token) => (token.special ? [token.id] : [])));
  const added = new Map(file.added_tokens.map(({ content, id: own }) => [content, own]));
  const wholeIdOf = (text: string): number | undefined => added.get(text) ?? library.token_to_id(text);
  const findNamed = (name: "bos_token" | "eos_token" | "pad_token"): number | undefined => {
    const text = specialTokens[name];
    if (typeof text !== "string") return undefined;
    const known = wholeIdOf(text);
    if (known === undefined)
      throw fail(`${name} ${JSON.stringify(text)}, which no id has`, "a token of tokenizer.json");
    return known;
  };
  const generation =
    check("generation_config.json", parse("generation_config.json"), generationConfig).eos_token_id ?? [];
  const [start, end, pad] = [findNamed("bos_token"), findNamed("eos_token"), findNamed("pad_token")];
  const stopTokens = [...new Set([...(end === undefined ? [] : [end]), ...[generation].flat()])];
  if (stopTokens.length === 0) stopTokens.push(...(options.stopTokens ?? []));
  const endToken = stopTokens[0];
  if (endToken === undefined) {
    throw fail("no token that ends a text", "eos_token in tokenizer_config.json, or eos_token_id in config.json");
  }
  const stray = stopTokens.find((token) => token >= tokens.length);
  if (stray !== undefined) throw fail(`end token ${stray}`, `an id below ${tokens.length}`);
  const [templateName, template] = templateOf(files, config, parse);
  const templatePath = path.replace(/tokenizer\.json$/, templateName);
  const chat = template === undefined ? undefined : chatTemplate(template, specialTokens, templatePath);
  const encode = (text: string, isWhole = false): (number | undefined)[] =>
    library.encode(mark(text), { add_special_tokens: isWhole }).ids;
  // A turn may end otherwise than a text: <|im_end|>, and not <|endoftext|>.
  const [turnEnd] = encode(chat === undefined ? "" : (frameOf(chat, [{ role: "user", content: "a" }])?.closing ?? ""));
  if (turnEnd !== undefined && special.has(turnEnd) && !stopTokens.includes(turnEnd)) stopTokens.push(turnEnd);

  const tokenizer: Tokenizer = {
    vocabularySize: tokens.length,
    endToken,
    stopTokens,
    startToken: start,
    padToken: pad,
    chat,
    specialTokens,
    files,
    tokens,
    encode(text, { addSpecialTokens = false } = {}) {
      const ids = encode(text, addSpecialTokens);
      if (ids.every((token) => token !== undefined)) return ids;
      throw new PreceptError("out-of-vocabulary", {
        attempted: "Encoding a text",
        found: "a character that this tokenizer has no token for",
        expected: "characters of its alphabet: it has neither bytes nor an unknown token",
      });
    },
    decode(ids, { skipSpecialTokens = false } = {}) {
      const known = ids.filter(
        (token) => token >= 0 && token < tokens.length && library.id_to_token(token) !== undefined,
      );
      const shown = skipSpecialTokens ? known.filter((token) => !special.has(token)) : known;
      return shown.length === 0 ? "" : unmark(library.decode(shown, { clean_up_tokenization_spaces: false }));
    },
    idOf(token) {
      const whole = wholeIdOf(token);
      if (whole !== undefined || token === "") return whole;
      const spelled = tokenizer.encode(token);
      return spelled.length === 1 && tokenizer.decode(spelled) === token ? spelled[0] : undefined;
    },
    tokenOf(token) {
      const text = tokens[token];
      if (text !== undefined) return text;
      throw new PreceptError("out-of-vocabulary", {
        attempted: "Decoding a token",
        found: `id ${token}`,
        expected: `an id below ${tokens.length}`,
      });
    },
  };
  return tokenizer;
}

/** What is used of @huggingface/tokenizers, whose own declarations do not resolve from an ES module. */
interface LibraryTokenizer {
  readonly decoder: unknown;
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: (number | undefined)[] };
  decode(ids: readonly number[], options: { readonly clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

/** A byte order mark within a text is a character; the library's byte-fallback decoder (0.2.0) drops it. */
function keepByteOrderMarks(decoder: unknown): void {
  if (typeof decoder !== "object" && typeof decoder !== "function") return;
  if (decoder === null) return;
  if ("text_decoder" in decoder) decoder.text_decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  if ("decoders" in decoder && Array.isArray(decoder.decoders)) decoder.decoders.forEach(keepByteOrderMarks);
}

type Fail = (found: string, expected: string, cause?: unknown) => PreceptError;

/** All tokens in id order; ids that the file skips are called `<unusedN>`. */
function tokensOf({ model, added_tokens: added }: z.infer<typeof tokenizerJson>, fail: Fail): string[] {
  const tokens: string[] = [];
  const put = (token: string, at: number): void => {
    const known = tokens[at];
    if (known !== undefined && known !== token)
      throw fail(`id ${at} for ${JSON.stringify(known)} and ${JSON.stringify(token)}`, "one token an id");
    tokens[at] = token;
  };
  const entries = Array.isArray(model.vocab)
    ? model.vocab.map(([token], at) => [token, at] as const)
    : Object.entries(model.vocab);
  for (const [token, at] of entries) put(token, at);
  for (const { content, id: at } of added) put(content, at);
  if (tokens.length === 0) throw fail("an empty vocabulary", "tokens");
  return Array.from(tokens, (token, at) => token ?? `<unused${at}>`);
}

/** Every merge makes a token of two tokens; else texts would lose characters without a word. */
function checkMerges(
  { vocab, merges, continuing_subword_prefix: prefix }: z.infer<typeof tokenizerJson>["model"],
  fail: Fail,
): void {
  if (Array.isArray(vocab)) return;
  const known = new Set(Object.keys(vocab));
  for (const merge of merges ?? []) {
    const [left = "", right = ""] = typeof merge === "string" ? merge.split(" ") : merge;
    const joined = left + (prefix && right.startsWith(prefix) ? right.slice(prefix.length) : right);
    const missing = [left, right, joined].find((token) => !known.has(token));
    if (missing !== undefined) {
      throw fail(
        `a merge of ${left} and ${right} without the token ${JSON.stringify(missing)}`,
        "merges of tokens in the vocabulary",
      );
    }
  }
}

const textOf = (token: TokenizerConfig["eos_token"]): string | undefined =>
  (typeof token === "string" ? token : token?.content) || undefined;

const specialNames = [
  "bos_token",
  "eos_token",
  "pad_token",
  "unk_token",
  "sep_token",
  "cls_token",
  "mask_token",
] as const;

/** The special tokens as text, which some files write as objects. */
function specialTexts(config: TokenizerConfig): SpecialTokens {
  const named = specialNames.flatMap((name) => {
    const text = textOf(config[name]);
    return text === undefined ? [] : [[name, text] as const];
  });
  const more = (config.additional_special_tokens ?? []).flatMap((token) => textOf(token) ?? []);
  return { ...Object.fromEntries(named), ...(more.length === 0 ? {} : { additional_special_tokens: more }) };
}

/** chat_template.jinja, else "chat_template" of tokenizer_config.json, else chat_template.json: its file and source. */
function templateOf(
  files: Readonly<Record<string, string>>,
  config: TokenizerConfig,
  parse: (name: string) => unknown,
): [string, string | undefined] {
  const jinja = files["chat_template.jinja"];
  if (jinja !== undefined) return ["chat_template.jinja", jinja];
  const own = templateSource(config.chat_template);
  if (own !== undefined) return ["tokenizer_config.json", own];
  const json = parse("chat_template.json");
  const isNamed = typeof json === "object" && json !== null && "chat_template" in json;
  return ["chat_template.json", isNamed ? templateSource(json.chat_template) : undefined];
}
