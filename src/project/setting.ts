import type { Constitution } from "../constitution/index.ts";
import type { Benchmark, RoleSuite } from "../evaluation/index.ts";
import type { ReplayDocument } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import type { Env } from "../models/index.ts";
import type { Progress } from "../progress/index.ts";
import type { ClientShare, Run } from "../runs/index.ts";
import type { Budget, Spending } from "../spending/index.ts";
import type { ModelRole, StageContext } from "../stages/index.ts";
import type { LoadedConfig, Role } from "./config/config.ts";
import type { PromptSetOptions, PromptSets } from "./prompts/prompt-set.ts";

/** What a project trains with: the engine, and the checkpoint that it starts from. */
export type Training = Pick<StageContext, "trainer" | "initial" | "load" | "loadPreferenceModel">;

/** What one kind of project brings to the stages: its prompts, its models by role, a trainer, and what it is measured on. */
export interface Setting {
  readonly prompts: PromptSets;
  /** Documents that SL-CAI rehearses beside its pairs. */
  readonly replay?: readonly ReplayDocument[] | undefined;
  /** Weights of the models, for counting floating-point operations; null where unknown. */
  readonly parameters: number | null;
  /** Batches in flight at once. */
  readonly concurrency: number;
  /** Opens a model for its role; hosted ones at once. */
  role(role: Role): Promise<ModelRole>;
  /** What asking the models has cost; undefined where nothing costs anything. */
  readonly spending?: Spending | undefined;
  /** A checkpoint that the run made, asked within the budget under the name of a role. */
  readonly loadAs?: ((role: string, checkpoint: string) => Promise<LanguageModel>) | undefined;
  /** Where the project can train in this process. */
  readonly training?: Training | undefined;
  readonly measured?: { readonly benchmark: Benchmark; readonly roles?: RoleSuite } | undefined;
}

/** What a setting is opened with. */
export interface Opening {
  readonly loaded: LoadedConfig;
  readonly run: Run;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly promptOptions: PromptSetOptions;
  /** The constitution whole, before any control: what a world measures by. */
  readonly measuredBy: Constitution;
}

export interface ProjectOptions {
  readonly loaded: LoadedConfig;
  /** Folder of the run. */
  readonly folder: string;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: Env;
  /** Goes before the configuration's. */
  readonly budget?: Budget | undefined;
  readonly skipBad?: boolean;
  /** Go on with the constitution that the run began with. */
  readonly keepConstitution?: boolean;
  /** Do again what changed settings make old. */
  readonly redo?: boolean;
  /** false: no cache of answers; else its folder. Default: the shared one. */
  readonly cache?: string | false | undefined;
  readonly download?: PromptSetOptions["download"] | undefined;
  /** What trains the project's own models, where a program brings it. */
  readonly training?: Training | undefined;
  /** Of a client: its part in the run that another process merges. */
  readonly share?: ClientShare | undefined;
  /** Of the process that merges: how many clients share the run. */
  readonly shards?: number | undefined;
  /** What a program measures it on. */
  readonly measured?: Setting["measured"];
}
