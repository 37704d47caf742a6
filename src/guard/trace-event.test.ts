import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { expect, onTestFinished, test } from "vitest";
import { guardOf } from "./fake-upstream.test-support.ts";
import type { GuardObserved } from "./index.ts";

/** Keeps one context, while a call without await runs. */
class OneContext implements ContextManager {
  #active = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    call: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = given;
    try {
      return call.call(thisArg as ThisParameterType<F>, ...args);
    } finally {
      this.#active = before;
    }
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

test("an audit line is an event on the span that was active when the request began, without any text", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new OneContext());
  onTestFinished(() => context.disable());
  const events: GuardObserved[] = [];
  const rules = `rules: [{ id: words, principle: no-commitments, pattern: "legally binding" }]\n`;
  const guard = await guardOf(rules, (event) => events.push(event));
  const span = provider.getTracer("test").startSpan("request");
  const guarded = context.with(trace.setSpan(ROOT_CONTEXT, span), () => guard.begin({ turns: [] }));
  const text = guarded.open("output", true);
  await text.push("It is legally binding.");
  guarded.close(text, (await text.end()).verdict);
  span.end();
  expect(guarded.traceId).toBe(span.spanContext().traceId);
  expect(exporter.getFinishedSpans()[0]?.events).toMatchObject([
    {
      name: "precept.guard",
      attributes: {
        "precept.event.id": events[0]?.id,
        "precept.action": "block",
        "precept.stage": "output",
        "precept.status": "checked",
        "precept.principle": "no-commitments",
        "precept.check": "words",
        "precept.policy": guard.policyHash,
      },
    },
  ]);
  expect(JSON.stringify(exporter.getFinishedSpans()[0]?.events)).not.toContain("legally");
});
