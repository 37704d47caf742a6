import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readFindings } from "../../inside/index.ts";
import { Conflict } from "../conflict.ts";
import { tracedCheckpoints } from "../inside/page.ts";
import { keepInside } from "../run/inside.ts";
import type { OpenRun } from "../run/open-run.ts";
import { isWritable } from "../run/review-marks.ts";
import type { TracedCheckpoint } from "../source-inside.ts";
import { fail } from "./fail.ts";
import type { RunSource } from "./run-source.ts";

/**
 * Traces an answer of RUN@CHECKPOINT to its training examples, off this thread, and returns the name under which the run keeps what
 * was found. Without an answer it is the checkpoint's own.
 */
export type TraceAnswer = (
  place: string,
  asked: { readonly prompt: string; readonly answer: string | undefined },
) => Promise<string | undefined>;

const longest = 20_000;
const questionSchema = z.object({
  checkpoint: z.string(),
  prompt: z.string().trim().min(1).max(longest),
  answer: z.string().trim().min(1).max(longest).nullable(),
});

/** The question which examples shaped an answer. */
export function addInsideRoutes(app: Hono, source: RunSource, trace: TraceAnswer | undefined): void {
  app.post("/api/runs/:run/attribution", bodyLimit({ maxSize: 2 ** 18 }), async (c) => {
    const asked = questionSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!asked.success) return fail(c, 422, "invalid", z.prettifyError(asked.error));
    const { checkpoint, prompt, answer } = asked.data;
    const name = await source.use(c.req.param("run"), async (run) => {
      await run.listFile("sl-cai")?.index.wait();
      const { command } = findIndexed(run, checkpoint);
      if (trace === undefined) throw new Conflict("This viewer cannot ask. `precept view` can, started anew.");
      try {
        return await trace(`${run.folder}@${checkpoint}`, { prompt, answer: answer ?? undefined });
      } catch (error) {
        throw isStale(error)
          ? new Conflict(`${error.details.found}. Make the index anew: ${command} --rebuild`)
          : error;
      }
    });
    if (name === undefined) throw new Conflict("The run could not be written: what was found is not kept.");
    return c.json({ name });
  });
}

/** The index is of other examples or another model than the run has now. */
const isStale = (error: unknown): error is PreceptError =>
  error instanceof PreceptError && error.code === "run-invalid";

/** A checkpoint whose index is there: it takes minutes, and is made by a command, not by a page. */
function findIndexed(run: OpenRun, checkpoint: string): TracedCheckpoint {
  keepInside(run.folder, ["attribution", "attribution/answers", "sl-cai/checkpoint", `${checkpoint}/checkpoint`]);
  const found = tracedCheckpoints(run, readFindings(run.folder)).find((one) => one.checkpoint === checkpoint);
  if (found === undefined) throw new Conflict(`Answers of ${checkpoint} cannot be traced to training examples.`);
  if (found.examples === null) throw new Conflict(`There is no index of the training examples yet: ${found.command}`);
  if (!isWritable(run.folder)) throw new Conflict("This run cannot be written here: copy it, and ask there.");
  return found;
}
