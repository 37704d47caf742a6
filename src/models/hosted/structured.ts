import { failureOf } from "../throughput/failures.ts";
import type { HostedEndpoint } from "./endpoint.ts";

/** Asks for answers of a schema until the endpoint refuses one that it takes without; from then on without. */
export function withSchemaFallback(chat: HostedEndpoint["chat"]): HostedEndpoint["chat"] {
  let isRefused = false;
  return async (call, signal) => {
    const { schema, ...options } = call.options;
    if (schema === undefined) return chat(call, signal);
    const plain = { ...call, options };
    if (isRefused) return chat(plain, signal);
    try {
      return await chat(call, signal);
    } catch (error) {
      const failure = failureOf(error, false);
      if (failure.kind !== "request" || failure.outcome !== "invalid") throw error;
      const answer = await chat(plain, signal);
      isRefused = true;
      return answer;
    }
  };
}
