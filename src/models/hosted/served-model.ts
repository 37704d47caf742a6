import { PreceptError } from "../../errors.ts";
import type { OpenOptions } from "../options.ts";
import { GaveUp } from "../throughput/pool.ts";
import { type AskedModel, explain } from "./explain.ts";
import type { OpenAiHttp } from "./openai-http.ts";
import { probePool } from "./probe.ts";

/** The model that an endpoint serves, where none or a wrong one was named; with its context length where it is stated. */
export async function findServedModel(
  model: string,
  http: OpenAiHttp,
  address: string,
  named: AskedModel,
  options: OpenOptions,
): Promise<{ readonly model: string; readonly contextLength?: number | undefined }> {
  if (model !== "" && options.probe === "never") return { model };
  const pool = probePool([{ name: address, endpoint: http }], options);
  const list = async (inner: AbortSignal) => ({ value: await http.models(inner), headers: {}, tokens: 0 });
  try {
    const { value: served } = await pool.run((_, inner) => list(inner), "models", options.signal);
    const found = model === "" && served.length === 1 ? served[0] : served.find(({ id }) => id === model);
    if (found !== undefined) {
      return { model: found.id, contextLength: found.contextLength };
    }
    if (model !== "") return { model };
    const names = served.map(({ id }) => id);
    throw new PreceptError("usage", {
      attempted: `Asking ${address} for its model`,
      found: names.length === 0 ? "no model" : `${names.length} models: ${names.slice(0, 10).join(", ")}`,
      expected: "one, or the one to take in the name",
      remedy: `openai-compatible:${names[0] ?? "MODEL"}@${address}`,
    });
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    const { failure } = error;
    const isUnreachable = failure.kind === "passing" && (failure.isConnection || failure.isHtml);
    const isForbidden = failure.kind === "fatal" && [401, 403].includes(failure.status);
    if (model === "" || isUnreachable || isForbidden) throw explain(error, named);
    return { model };
  }
}
