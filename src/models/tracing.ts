import { type Attributes, ProxyTracerProvider, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** Where a span's call goes and what is asked, in the words of OpenTelemetry's GenAI conventions. */
export interface TracedCall {
  readonly operation: "chat" | "text_completion";
  readonly provider: string;
  readonly model: string;
  readonly requestId: string;
  readonly attributes: Attributes;
}

const tracer = trace.getTracer("precept");

const endpointVariables = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"] as const;

/** What to tell somebody whose environment names a collector while nobody in this process sends to it; else undefined. */
export function tracingNotice(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = endpointVariables.find((name) => (env[name] ?? "") !== "");
  const provider = trace.getTracerProvider();
  const isSent = !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("precept") !== undefined;
  if (named === undefined || isSent) return undefined;
  return `${named} is set, but no OpenTelemetry SDK is loaded, so no span is sent: npm install @opentelemetry/auto-instrumentations-node, then NODE_OPTIONS="--import @opentelemetry/auto-instrumentations-node/register" before the command`;
}

/**
 * One client span per request, retries included, named "chat MODEL". Without a registered tracer provider nothing is
 * recorded and nothing is computed. Prompts and answers are never attached.
 */
export async function traceCall<T>(
  { operation, provider, model, requestId, attributes }: TracedCall,
  call: () => Promise<T>,
  resultAttributes: (result: T) => Attributes,
): Promise<T> {
  return tracer.startActiveSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT }, async (span: Span) => {
    if (!span.isRecording()) return call();
    span.setAttributes({
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": model,
      "precept.request.id": requestId,
      ...attributes,
    });
    try {
      const result = await call();
      span.setAttributes(resultAttributes(result));
      return result;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "error";
      span.setAttribute("error.type", code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      throw error;
    } finally {
      span.end();
    }
  });
}
