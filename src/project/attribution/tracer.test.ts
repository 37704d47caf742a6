import { expect, onTestFinished, test } from "vitest";
import { readFindings } from "../../inside/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { attributeAnswer } from "./attribute.ts";
import { chainRecords, makeRun, writeRecords } from "./run.test-support.ts";
import { Tracer } from "./tracer.ts";

const question = { prompt: "say green two", answer: "yes two green ." };

test("answers are traced off this thread, one after another, as the command traces them", async () => {
  const run = await makeRun();
  const tracer = new Tracer();
  onTestFinished(() => tracer.close());
  const place = `${run}@sl-cai`;
  const options = { command: "attribute", progress: silentProgress };
  const other = { prompt: "say red one", answer: "yes one red ." };
  const names = await Promise.all([question, other].map((one) => tracer.trace({ place, ...one })));
  expect(new Set(names).size).toBe(2);
  const byCommand = await attributeAnswer(place, { ...question, ...options });
  expect(byCommand.kept).toBe(names[0]);
  expect(readFindings(run).answers.find(({ name }) => name === names[0])?.strongest[0]?.byMethod).toMatchObject({
    ekfac: { rank: byCommand.strongest[0]?.byMethod.ekfac?.rank },
  });

  // What it holds open is looked at anew: an example that is gone since is said, and nothing else is broken by it.
  writeRecords(
    run,
    chainRecords.filter(({ id }) => id !== "sl-cai/red-one/example-1"),
  );
  await expect(tracer.trace({ place, ...question })).rejects.toMatchObject({
    ...{ code: "run-invalid", details: { remedy: expect.stringContaining("--rebuild") } },
  });
  writeRecords(run, chainRecords);
  expect(await tracer.trace({ place, ...question })).toBe(names[0]);
}, 60_000);

test("what is asked when it is closed, and what is under way then, is answered with that", async () => {
  const run = await makeRun();
  const tracer = new Tracer();
  const asked = [1, 2].map(() => tracer.trace({ place: `${run}@sl-cai`, ...question }));
  await Promise.resolve();
  await tracer.close();
  const outcomes = await Promise.allSettled([...asked, tracer.trace({ place: run, ...question })]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(readFindings(run).answers).toEqual([]);
}, 60_000);
