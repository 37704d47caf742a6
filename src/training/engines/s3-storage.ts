import type { JobStorage } from "./job-storage.ts";

export async function openBucket(_place: string, _env: NodeJS.ProcessEnv): Promise<JobStorage> {
  throw new Error("not yet");
}
