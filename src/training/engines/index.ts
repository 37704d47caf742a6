/** Training by other engines on the same job: TRL in a Python process. */

export { type EngineEvent, EventTail, eventsIn, StepTeller } from "./events.ts";
export { folderHash } from "./folder-hash.ts";
export { CONTRACT, type EngineJob, type EnginePlan, jobSchema } from "./job-folder.ts";
export { planJob } from "./plan-job.ts";
export { findPython, pythonHome, requirementsFile } from "./python-home.ts";
export { type PythonSetup, type SetupOptions, setUpPython } from "./python-setup.ts";
export { PythonTrainer, type PythonTrainerOptions } from "./python-trainer.ts";
