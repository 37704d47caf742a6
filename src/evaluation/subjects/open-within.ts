import type { LanguageModel } from "../../language-model.ts";
import { cutPromptNotice, defaultVotes, type Env, openModel, recordName } from "../../models/index.ts";
import { type Spending, withBudget } from "../../spending/index.ts";

interface OpenWithinOptions {
  readonly spending: Spending;
  readonly env: Env;
  readonly signal?: AbortSignal | undefined;
  readonly warn: (text: string) => void;
}

/** Opens hosted models whose calls are counted under the role that they play, and refused beyond the budget. */
export function openWithin({ spending, env, signal, warn }: OpenWithinOptions) {
  const noteCut = cutPromptNotice(warn);
  return async (role: string, name: string): Promise<LanguageModel> => {
    const opened = await openModel(name, {
      env,
      signal,
      votes: defaultVotes,
      onEvent: (event) => {
        spending.note(role, event);
        noteCut(recordName(name), event);
        if (event.type === "warning") warn(event.text);
      },
    });
    return withBudget(opened, role, defaultVotes, spending);
  };
}
