import { workerData } from "node:worker_threads";
import type { WorkerPlan } from "./decoder.ts";
import { DecodeProgram } from "./program.ts";
import { Deserted } from "./teammate.ts";

const { plan, module, memory, thread } = workerData as WorkerPlan;
try {
  await new DecodeProgram(plan, module, memory, thread).serve();
} catch (error) {
  // Whoever failed first tells why.
  if (!(error instanceof Deserted)) throw error;
}
