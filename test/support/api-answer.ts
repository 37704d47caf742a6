/** Answers as a client sees them. */
export interface ApiAnswer {
  readonly id: string;
  readonly object: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text: string;
    readonly message: { readonly role: string; readonly content: string };
    readonly finish_reason: string;
    /** With return_token_ids. */
    readonly token_ids?: readonly number[];
    readonly logprobs: {
      readonly content: readonly {
        readonly token: string;
        readonly bytes: readonly number[];
        readonly logprob: number;
        readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[];
      }[];
      readonly tokens: readonly string[];
      readonly token_logprobs: readonly (number | null)[];
      readonly top_logprobs: readonly (Record<string, number> | null)[];
      readonly text_offset: readonly number[];
    };
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
  readonly data: readonly { readonly id: string }[];
}
