import { parentPort, workerData } from "node:worker_threads";
import { type IndexingNews, type IndexingTask, indexFile } from "./index-task.ts";

function tell({ resident, postings }: IndexingNews): void {
  const transferred = typeof postings === "number" ? [resident.buffer] : [resident.buffer, postings.buffer];
  parentPort?.postMessage({ resident, postings }, transferred);
}

// Loaded in the main thread, as a test may, it does nothing.
if (parentPort !== null && workerData !== null) indexFile(workerData as IndexingTask, tell);
