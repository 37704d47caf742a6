import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../../test/support/model-server/server.ts";
import { openModel } from "./open.ts";
import { tracingNotice } from "./tracing.ts";

const exporter = new InMemorySpanExporter();
let server: ModelServer;
beforeAll(async () => {
  server = await startModelServer();
});
afterEach(() => exporter.reset());
afterAll(async () => {
  trace.disable();
  await server.close();
});

const ask = async (content: string, model = "toy") => {
  const capabilities = { logprobs: false, prefill: false, rawCompletion: false };
  const options = { env: {}, cache: false, capabilities, probe: "never" } as const;
  const opened = await openModel(`vllm:${model}@${server.url}`, options);
  const request = { id: "sl-cai/p1/response-0", prompt: [{ role: "user", content }], seed: 3 } as const;
  for await (const answer of opened.generate([request], { maxTokens: 20, temperature: 0.5, stop: ["END"] }))
    return answer;
  return undefined;
};

describe("tracing", () => {
  it("records nothing unless somebody registered a provider", async () => {
    await ask("hello");
    expect(exporter.getFinishedSpans()).toEqual([]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
    expect(tracingNotice(env)).toContain("OTEL_EXPORTER_OTLP_ENDPOINT is set, but no OpenTelemetry SDK is loaded");
    expect(tracingNotice({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeUndefined();
  });

  it("gives one span per request, in the words of the GenAI conventions, without prompt or answer", async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    expect(tracingNotice({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318" })).toBeUndefined();
    const answer = await ask("a secret question");
    const [span] = exporter.getFinishedSpans();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(span).toMatchObject({ name: "chat toy", kind: SpanKind.CLIENT, status: { code: SpanStatusCode.UNSET } });
    expect(span?.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "vllm",
      "gen_ai.request.model": "toy",
      "gen_ai.request.max_tokens": 20,
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.top_p": 1,
      "gen_ai.request.seed": 3,
      "gen_ai.request.stop_sequences": ["END"],
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": answer?.usage.promptTokens,
      "gen_ai.usage.output_tokens": answer?.usage.completionTokens,
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(server.url).port),
      "precept.request.id": "sl-cai/p1/response-0",
      "precept.attempts": 1,
    });
    expect(JSON.stringify(span?.attributes)).not.toContain("secret question");
  });

  it("names the error of a call that failed", async () => {
    await expect(ask("hello", "unknown")).rejects.toMatchObject({ code: "model-unknown" });
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "model-unknown" },
    });
  });
});
