import type { LanguageModel, Message, Prompt } from "../../language-model.ts";

/** How a dialogue is put to a model that takes text alone; a model with a chat format takes messages as they are. */
export type Render = (messages: readonly Message[]) => {
  readonly prompt: Prompt;
  readonly stop: readonly string[];
  readonly maxTokens?: number;
};

/** The render of a model without a chat format: the dialogue form of the papers. */
export const paperRender: Render = (messages) => ({
  prompt: `${messages.map(({ role, content }) => (role === "assistant" ? `\n\nAssistant: ${content}` : `\n\nHuman: ${content}`)).join("")}\n\nAssistant:`,
  stop: ["\n\nHuman:"],
});

/** A model or checkpoint under evaluation, or one that attacks or judges. */
export interface Subject {
  /** In records and tables: "initial", "sl-cai", "openai:gpt-4o-mini". */
  readonly name: string;
  /** What makes it the same model: a folder's hash, else its name's. */
  readonly hash: string;
  open(): Promise<LanguageModel>;
  /** For models that take text alone. */
  readonly render?: Render | undefined;
}
