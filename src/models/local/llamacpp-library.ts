import { pathToFileURL } from "node:url";
import { resolvePackage } from "../../optional-package.ts";

/** The part of node-llama-cpp's interface that is used here; the type check does without the package. */
export interface Library {
  getLlama(options: object): Promise<Engine>;
  /** Where one answer stands in a grammar; it goes on with every token. */
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: Model;
    readonly grammar: Grammar;
  }) => object;
}

export interface Engine {
  loadModel(options: object): Promise<Model>;
  /** @param grammar in GBNF; the text is read at once, and an error if it is none. */
  createGrammar(options: { readonly grammar: string }): Promise<Grammar>;
}

export interface Grammar {
  readonly grammar: string;
}

export interface Model {
  readonly trainContextSize: number;
  readonly tokens: {
    readonly bos: number | null;
    readonly bosString: string | null;
    readonly eosString: string | null;
    readonly shouldPrependBosToken: boolean;
  };
  readonly fileInfo: { readonly metadata: { readonly tokenizer?: Readonly<Record<string, unknown>> } };
  tokenize(text: string, specialTokens: boolean): readonly number[];
  detokenize(tokens: readonly number[]): string;
  createContext(options: object): Promise<Context>;
  dispose(): Promise<void>;
}

export interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}

/** A text that the engine has read so far, and goes on from. */
export interface Sequence {
  readonly contextTokens: readonly number[];
  /**
   * Forgets what lies behind the first difference to `tokens`. `allowShift` would move what follows a difference to its new
   * place instead: its state was computed from other text, and nothing says so.
   */
  adaptStateToTokens(tokens: readonly number[], allowShift: false): Promise<void>;
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
  controlledEvaluate(input: readonly EvaluateItem[]): Promise<readonly (Evaluated | undefined)[]>;
  clearHistory(): Promise<void>;
}

export type EvaluateItem = number | readonly [number, { readonly generateNext: Wanted }];

/** Which logits behind a token are wanted. */
export interface Wanted {
  readonly logits: { readonly filter: { readonly tokens: readonly number[]; readonly includeTop: number } };
  readonly totalLogitWeight: boolean;
  readonly options: object;
}

export interface Evaluated {
  /** The weight is Σ exp(logit − the largest logit) over the vocabulary. */
  readonly next: { readonly logits?: ReadonlyMap<number, number>; readonly totalLogitWeight?: number };
}

/** @throws PreceptError package-missing */
export async function loadLibrary(attempted: string): Promise<Library> {
  const path = resolvePackage("node-llama-cpp", {
    name: "node-llama-cpp",
    attempted,
    expected: "it beside precept: it is optional, because it brings llama.cpp along",
    remedy: "npm install node-llama-cpp",
  });
  return (await import(pathToFileURL(path).href)) as Library;
}
