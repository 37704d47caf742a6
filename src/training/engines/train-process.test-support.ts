import { readFileSync, writeSync } from "node:fs";
import { PythonTrainer } from "./python-trainer.ts";

/** `node train-process.test-support.ts JOB.json PYTHON`: trains in a process that a test may kill; prints each step's number. */
if (import.meta.main === true) {
  const [job = "", python] = process.argv.slice(2);
  for await (const { step } of new PythonTrainer({ python }).train(JSON.parse(readFileSync(job, "utf8"))))
    writeSync(1, `${step}\n`);
}
