import { readFileSync, writeSync } from "node:fs";
import { PythonTrainer } from "./python-trainer.ts";
import { RayTrainer } from "./ray-trainer.ts";

/** `node train-process.test-support.ts JOB.json PYTHON [RAY]`: trains in a process that a test may kill; prints each step's number. */
if (import.meta.main === true) {
  const [job = "", python, ray] = process.argv.slice(2);
  const trainer = ray === undefined ? new PythonTrainer({ python }) : new RayTrainer(JSON.parse(ray));
  for await (const { step } of trainer.train(JSON.parse(readFileSync(job, "utf8")))) writeSync(1, `${step}\n`);
}
