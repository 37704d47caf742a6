import type { LanguageModel } from "../../language-model.ts";
import type { Benchmark, Render } from "../benchmark/index.ts";
import type { Aim, PairJudge } from "../judges/index.ts";

/** The judge of an arena. */
export interface ArenaJudge {
  readonly judge: (aim: Aim) => PairJudge;
  /** Of its checkpoint, or of its name. */
  readonly hash: string;
  /** Where it is opened only when there is something to judge. */
  readonly open?: (() => Promise<unknown>) | undefined;
  dispose(): Promise<void>;
}

/** An embedded world whose checkpoints speak its language and nothing else; given to evaluation, which knows none itself. */
export interface EmbeddedWorld {
  /** As the manifests of its runs name it. */
  readonly name: string;
  /** Whether a checkpoint's tokenizer knows its markers. */
  isSpokenBy(folder: string): boolean;
  open(folder: string): Promise<LanguageModel>;
  readonly render: Render;
  /** Where its runs start, unless they hold a start of their own. */
  readonly initial: string;
  /** What its checkpoints are measured on, by name; those of a run, by the constitution that the run is measured by. */
  benchmarks(run?: string): Readonly<Record<string, Benchmark>>;
  /** Its own judge of pairs: a checkpoint by name, else the one that its runs start from. */
  openArenaJudge(name: string | undefined): Promise<ArenaJudge>;
}
