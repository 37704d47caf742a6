import { relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import { findNearest } from "../../nearest.ts";
import {
  loadSteeringTask,
  measureSteering,
  type RungName,
  rungNames,
  steeringFolder,
  steeringSubject,
} from "../../steering/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showSteering } from "../show-steering.ts";

export interface SteerMeasureFlags {
  readonly models: string;
  readonly rungs?: string | undefined;
  readonly items?: number;
  readonly formats?: number;
  readonly repeat?: number;
  readonly temperature?: number;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept steer measure FILE --models A,B: which help makes these models write JSON that fits, and that is right. */
export async function steerMeasure(this: CliContext, flags: SteerMeasureFlags, file: string): Promise<void> {
  const { items, formats, repeat = 1, temperature = repeat > 1 ? 0.7 : 0, seed = 1, out, json } = flags;
  if (repeat > 1 && temperature === 0) {
    throw new PreceptError("usage", {
      attempted: "Measuring steering",
      found: `--repeat ${repeat} at temperature 0, where every repetition says the same`,
      expected: "a temperature above 0",
      remedy: "leave --temperature out: it is 0.7 where there are repetitions",
    });
  }
  const whole = await loadSteeringTask(file);
  const task = { ...whole, items: whole.items.slice(0, items) };
  const names = flags.models.split(",").map((name) => name.trim());
  const subjects = await Promise.all(
    names.map((name) => steeringSubject(name, { env: this.env, signal: this.signal })),
  );
  const options = {
    subjects,
    rungs: flags.rungs === undefined ? listPossible(task) : flags.rungs.split(",").map(parseRung),
    formats: Math.min(formats ?? task.wordings.length, task.wordings.length),
    repeat,
    temperature,
    seed,
    command: this.command,
    progress: progressOf(this, json),
    signal: this.signal,
  };
  const folder = out ?? steeringFolder(task, options);
  const summary = await measureSteering(task, { ...options, folder });
  if (json) printJson(this, { folder, ...summary });
  else
    print(
      this,
      `${showSteering(summary, pageOf(this.process.stdout, this.env))}\n\n${relative(process.cwd(), folder)}`,
    );
}

/** All rungs; without examples those that need none. */
function listPossible({ examples }: { readonly examples: readonly unknown[] }): RungName[] {
  return rungNames.filter((name) => examples.length > 0 || !name.includes("examples"));
}

function parseRung(text: string): RungName {
  const name = rungNames.find((one) => one === text.trim());
  if (name !== undefined) return name;
  const [near] = findNearest(text, rungNames, 1);
  throw new PreceptError("usage", {
    attempted: "Measuring steering",
    found: `the rung "${text}"`,
    expected: rungNames.join(", "),
    remedy: near === undefined ? undefined : `did you mean ${near}?`,
  });
}
