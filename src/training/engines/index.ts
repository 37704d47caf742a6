/** Training by other engines on the same job: TRL in a Python process, or on a Ray cluster. */

export { type EngineEvent, EventTail, eventsIn, StepTeller } from "./events.ts";
export { folderHash } from "./folder-hash.ts";
export { CONTRACT, type EngineJob, type EnginePlan, jobSchema } from "./job-folder.ts";
export { planJob } from "./plan-job.ts";
export { findPython, pythonHome, requirementsFile } from "./python-home.ts";
export { type PythonSetup, type SetupOptions, setUpPython } from "./python-setup.ts";
export { PythonTrainer, type PythonTrainerOptions } from "./python-trainer.ts";
export { type RayAccess, type RayJob, RayJobs, type Submission } from "./ray-http.ts";
export { packJobCode, type RayPackage } from "./ray-package.ts";
export { RayTrainer, type RayTrainerOptions } from "./ray-trainer.ts";
