import type { Failure } from "../../../src/view/source.ts";

/** Why a page has nothing to show. "gone": nobody answers any more. */
export class SourceError extends Error {
  readonly code: Failure["error"]["code"] | "gone";

  constructor(code: SourceError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
