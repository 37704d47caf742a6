import { PreceptError } from "../../errors.ts";
import { SCALAR_HEAD } from "../checkpoint/weights.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as the work goes on, with the share of it that is done. */
  readonly onShare?: ((share: number) => void) | undefined;
}

/** The worker tells how many of the rows of a call it has done since it last told. */
export function callOptions({ signal, onShare }: CallOptions, rows: number) {
  let done = 0;
  const onEvent = (fresh: unknown): void => {
    done += Number(fresh);
    onShare?.(done / rows);
  };
  return { signal, onEvent };
}

export function headless(attempted: string, heads: number, expected: string): PreceptError {
  const found = heads === 0 ? `a model without ${SCALAR_HEAD}` : `${SCALAR_HEAD} with ${heads} rows`;
  return new PreceptError("checkpoint-invalid", { attempted, found, expected });
}
