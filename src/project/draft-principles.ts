import { type Constitution, type PrincipleDraft, principlesOfSentences } from "../constitution/index.ts";
import {
  type DraftedPrinciple,
  draftPlainly,
  draftWordings,
  findContradictions,
  type NamedContradiction,
} from "../drafting/index.ts";
import { PreceptError } from "../errors.ts";
import { type Env, type ModelEvent, type OpenModel, openModel, recordName } from "../models/index.ts";
import type { ConfiguredModel, LoadedConfig } from "./config/config.ts";
import { modelOf, openConfigured } from "./models.ts";

/** Who drafts: a model by name, else a project's feedback model, else the templates. */
export interface DrafterOptions {
  readonly model?: string | undefined;
  readonly project?: LoadedConfig | undefined;
  readonly env: Env;
  readonly signal: AbortSignal;
}

/** Principles of sentences with their requests, and what it took. */
export interface Drafts {
  readonly drafts: readonly DraftedPrinciple[];
  /** What the model says cannot be kept together. */
  readonly contradictions: readonly NamedContradiction[];
  /** The model that was asked, as records name it; undefined where none was. */
  readonly model?: string | undefined;
  /** Why a model that was to be asked was not. */
  readonly unasked?: PreceptError | undefined;
  readonly calls: number;
  readonly tokens: number;
}

/**
 * Principles of sentences, each with its requests: a model writes them where there is one, the templates where there is
 * none or it cannot be reached. @throws PreceptError input-invalid as `principlesOfSentences`, before a model is asked.
 */
export async function draftPrinciples(
  sentences: readonly string[],
  existing: Pick<Constitution, "principles"> | undefined,
  options: DrafterOptions,
): Promise<Drafts> {
  const principles = principlesOfSentences(sentences, existing);
  const plain = { drafts: principles.map(draftPlainly), contradictions: [], calls: 0, tokens: 0 };
  const named = options.model ?? configuredDrafter(options.project);
  if (named === undefined) return plain;
  try {
    return await askModel(principles, existing?.principles ?? [], named, options);
  } catch (error) {
    if (!(error instanceof PreceptError) || error.code === "interrupted") throw error;
    return { ...plain, unasked: error };
  }
}

/** The pairs of a constitution that a model says contradict each other. @throws as `openModel` and the model. */
export async function askContradictions(
  { principles }: Pick<Constitution, "principles">,
  name: string,
  { env, signal }: Pick<DrafterOptions, "env" | "signal">,
): Promise<NamedContradiction[]> {
  const model = await openModel(name, { env, signal });
  try {
    return await findContradictions(principles, model, { signal });
  } finally {
    await model.dispose?.();
  }
}

function configuredDrafter(project: LoadedConfig | undefined): ConfiguredModel | undefined {
  return project === undefined || project.config.world !== undefined ? undefined : modelOf(project, "feedback");
}

async function askModel(
  principles: readonly PrincipleDraft[],
  existing: readonly PrincipleDraft[],
  named: string | ConfiguredModel,
  { project, env, signal }: DrafterOptions,
): Promise<Drafts> {
  let [calls, tokens] = [0, 0];
  const onEvent = (event: ModelEvent): void => {
    if (event.type !== "call" || event.isCached) return;
    calls += 1;
    tokens += event.usage.promptTokens + event.usage.completionTokens;
  };
  const open = (): Promise<OpenModel> =>
    typeof named === "string" || project === undefined
      ? openModel(typeof named === "string" ? named : named.model, { env, signal, onEvent })
      : openConfigured(named, project, { env, signal, onEvent });
  const model = await open();
  try {
    const drafts = await draftWordings(principles, model, { signal });
    const about = principles.map(({ id }) => id);
    const contradictions = await findContradictions([...existing, ...principles], model, { about, signal });
    return { drafts, contradictions, model: recordName(model.report.name), calls, tokens };
  } finally {
    await model.dispose?.();
  }
}
