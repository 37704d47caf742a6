import { WorkerThread, workerEntry } from "../../tensor/index.ts";
import type { readTown } from "./read-town.ts";

/** As `readTown`, in a thread of its own: the analysis of a large log takes seconds, in which whoever asks for it can do other things. */
export async function readTownApart(place: Parameters<typeof readTown>[0]): ReturnType<typeof readTown> {
  const thread = new WorkerThread(workerEntry("town-worker", import.meta.url));
  try {
    return await thread.call("read", place);
  } finally {
    await thread.terminate();
  }
}
