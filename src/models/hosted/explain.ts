import { PreceptError } from "../../errors.ts";
import type { GaveUp } from "../throughput/pool.ts";

/** Whom an error is about. */
export interface AskedModel {
  readonly id: string;
  readonly model: string;
  /** The variable that holds the key. */
  readonly keyVariable: string | undefined;
}

/** Why the pool gave up, as a person needs it. */
export function explain({ failure, endpoint, attempts }: GaveUp, { id, model, keyVariable }: AskedModel): PreceptError {
  const attempted = `Asking ${id} at ${endpoint}`;
  const tries = attempts === 1 ? "" : ` (${attempts} attempts)`;
  const found = `${failure.reason}${tries}`;
  if (failure.kind === "fatal") return explainFatal(failure.status, { attempted, found, model, keyVariable });
  if (failure.kind === "passing" && (failure.isConnection || failure.isHtml)) {
    return new PreceptError("endpoint-down", {
      attempted,
      found,
      expected: "a server that answers with JSON",
      remedy: failure.isHtml
        ? "check the address: it usually ends in /v1, and a login page or a proxy answers with HTML"
        : "start the server, or check the address; the same command continues where it stopped",
    });
  }
  return new PreceptError("model-failed", {
    attempted,
    found,
    expected: "an answer",
    remedy: "the same command continues where it stopped",
  });
}

function explainFatal(
  status: number,
  { attempted, found, model, keyVariable }: { attempted: string; found: string } & Omit<AskedModel, "id">,
): PreceptError {
  switch (status) {
    case 401:
    case 403: {
      const variable = keyVariable ?? "the server's key";
      return new PreceptError("key-rejected", {
        attempted,
        found,
        expected: `a key in ${variable} that may use this model`,
        remedy: `check ${variable}; its value is never printed`,
      });
    }
    case 402:
      return new PreceptError("quota-exhausted", {
        attempted,
        found,
        expected: "an account with credit",
        remedy: "add credit or raise the limit at the provider; the same command continues where it stopped",
      });
    case 404:
      return new PreceptError("model-unknown", {
        attempted,
        found,
        expected: `a model that this endpoint serves; "${model}" was asked for`,
        remedy: "check the model's name and that the address ends where the protocol begins (usually /v1)",
      });
    default:
      return new PreceptError("model-failed", { attempted, found });
  }
}
