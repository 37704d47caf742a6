import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { type EngineEvent, EventTail, eventsFile, StepTeller } from "./events.ts";

const at = "2026-01-01T00:00:00.000Z";
const step = (number: number, seq = number): EngineEvent => ({
  ...{ v: 1, seq, at, type: "step", step: number, tokens: 10 * number },
  metrics: { loss: 1 / number },
});
const line = (event: EngineEvent): string => `${JSON.stringify(event)}\n`;

describe("EventTail", () => {
  it("reads a line when it is whole, a letter of two bytes cut in half included", async () => {
    const path = eventsFile(await temporaryFolder(), 1);
    const tail = new EventTail(path);
    expect(tail.read()).toEqual([]);
    const failed: EngineEvent = { v: 1, seq: 2, at, type: "failed", code: "engine", message: "é" };
    const bytes = Buffer.from(line(failed));
    const cut = bytes.indexOf(Buffer.from("é")) + 1;
    writeFileSync(path, line(step(1)));
    appendFileSync(path, bytes.subarray(0, cut));
    expect(tail.read()).toEqual([step(1)]);
    expect(tail.read()).toEqual([]);
    appendFileSync(path, bytes.subarray(cut));
    expect(tail.read()).toEqual([failed]);
  });

  it("refuses a field or a kind of event that this contract does not know", async () => {
    const folder = await temporaryFolder();
    for (const [i, event] of [
      { ...step(1), more: 1 },
      { ...step(1), type: "news" },
      { ...step(1), v: 2 },
    ].entries()) {
      const path = join(folder, `events-${i + 1}.jsonl`);
      writeFileSync(path, `${JSON.stringify(event)}\n`);
      expect(() => new EventTail(path).read()).toThrow("one event of contract 1 a line");
    }
  });
});

describe("StepTeller", () => {
  it("tells a step once, also after a rewind, and none that an earlier process told", () => {
    const teller = new StepTeller(1);
    const rewind: EngineEvent = { v: 1, seq: 4, at, type: "rewind", to: 1 };
    const told = [step(1), step(2), step(3), rewind, step(2, 5), step(3, 6), step(4, 7)].flatMap((event) => {
      const next = teller.take(event);
      return next === undefined ? [] : [next.step.step];
    });
    expect(told).toEqual([2, 3, 4]);
  });

  it("brings what was measured after a step with it", () => {
    const teller = new StepTeller(0);
    const measured: EngineEvent = { v: 1, seq: 1, at, type: "measured", step: 2, differences: [1] };
    expect(teller.take(measured)).toBeUndefined();
    expect(teller.take(step(1))?.measured).toBeUndefined();
    expect(teller.take(step(2))?.measured).toEqual(measured);
  });
});
