import type { Capabilities, StreamingModel } from "../language-model.ts";

/** What a model turned out to be able to do, for `precept plan` and for records. */
export interface ModelReport {
  readonly id: string;
  /** As records name it: with its address, where it is not at its provider's own. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** How `choose` gets its probabilities: the whole option's ("echo", "engine"), the next tokens', or counted votes. */
  readonly choice: "engine" | "token-ids" | "echo" | "next-tokens" | "votes";
  /** How this is known. */
  readonly source: "known" | "probed" | "remembered" | "given";
  /** As the endpoint states it. */
  readonly contextLength?: number | undefined;
  readonly endpoints: readonly string[];
}

/** A model that is ready to be asked. */
export interface OpenModel extends StreamingModel {
  readonly report: ModelReport;
}
