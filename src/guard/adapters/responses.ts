import type { Guard } from "../guard.ts";
import { describeVerdict, errorResponse } from "./http.ts";
import { answerRequest, type Protocol, type Said } from "./protocol.ts";
import { ResponseWriter } from "./responses-events.ts";
import { exchangeOfResponses, type ResponsesBody, responsesBody, withTurns } from "./responses-request.ts";
import { ResponseStream } from "./responses-stream.ts";
import {
  endOf,
  formatMessage,
  formatText,
  guardResponse,
  type ResponsesAnswer,
  responsesAnswer,
} from "./responses-whole.ts";
import { formatEvent } from "./sse.ts";
import type { Upstream } from "./upstream.ts";

const responses: Protocol<ResponsesBody, ResponsesAnswer> = {
  body: responsesBody,
  answer: responsesAnswer,
  exchangeOf: exchangeOfResponses,
  withTurns,
  guardWhole: guardResponse,
  guardStream: (guarded, _, events) => new ResponseStream(guarded).guard(events),
  sayWhole(said) {
    const { traceId, verdict } = said;
    const output = [formatMessage(`msg_${traceId}`, [formatText(verdict.say ?? "")])];
    return { ...headOf(said), ...endOf(verdict), output, precept: describeVerdict(traceId, verdict) };
  },
  sayStream(said) {
    const { traceId, verdict } = said;
    const writer = new ResponseWriter();
    writer.head = { ...headOf(said), status: "in_progress", incomplete_details: null };
    return [
      writer.writeState("response.created"),
      writer.writeSay(traceId, verdict, describeVerdict(traceId, verdict)),
    ];
  },
  fail: errorResponse,
  formatFailure: (message) => formatEvent({ type: "error", code: "upstream_failed", message, param: null }, "error"),
};

/** Answers POST /v1/responses. */
export function answerResponses(guard: Guard, upstream: Upstream, request: Request): Promise<Response> {
  return answerRequest(responses, guard, upstream, request);
}

const headOf = ({ traceId, model }: Said) => ({
  ...{ id: `resp_${traceId}`, object: "response", created_at: Math.floor(Date.now() / 1000), model },
  ...{ error: null, instructions: null, metadata: {}, parallel_tool_calls: true, tool_choice: "auto" },
  ...{ tools: [], temperature: null, top_p: null },
  usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
});
