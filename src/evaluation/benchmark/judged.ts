import type { LanguageModel, Message } from "../../language-model.ts";
import { refusalJudge } from "../judges/index.ts";
import { asBenchmarkJudge, type BenchmarkJudge, type Reply, type ToJudge } from "./types.ts";

/** XSTest's three classes by a model. */
export function complianceJudge(model: LanguageModel): BenchmarkJudge {
  return asBenchmarkJudge(refusalJudge(model), (compliance) => ({ compliance }));
}

/** The one generated answer as a judge reads it. An answer that is none stays empty, so that nobody judges it. */
export function readReply(
  messages: readonly Message[],
  replies: readonly Reply[],
  fields?: Readonly<Record<string, string>>,
): ToJudge {
  const [reply] = replies;
  const said = reply?.ask === "generate" && reply.missing === undefined ? reply : undefined;
  return {
    messages,
    response: said?.text ?? "",
    finishReason: said?.finishReason,
    fields,
  };
}

/** One user turn. */
export function oneTurn(content: string): readonly Message[] {
  return [{ role: "user", content }];
}
