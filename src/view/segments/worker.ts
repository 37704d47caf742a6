import { parentPort, workerData } from "node:worker_threads";
import { chooseIndexPath, type Indexed, IndexWriter, sizeOf } from "./index-file.ts";
import { listings } from "./listings.ts";
import { segmentsOf } from "./read-file.ts";

/** What a worker is asked to index. */
export interface IndexingTask {
  readonly path: string;
  readonly isPartial: boolean;
  readonly listing: string | undefined;
  readonly from: number;
  readonly firstLine: number;
  /** Kept on disk under this name; undefined for a file that still grows. */
  readonly kept: Indexed | undefined;
}

/** What it says: each segment as it is made, then whether the index was written. */
export type IndexingNews =
  | { readonly resident: Uint8Array<ArrayBuffer>; readonly postings: Uint8Array<ArrayBuffer> }
  | { readonly isWritten: boolean };

function indexFile({ path, isPartial, listing, from, firstLine, kept }: IndexingTask): void {
  const place = kept === undefined ? undefined : chooseIndexPath(kept);
  const writer =
    kept === undefined || place === undefined ? undefined : new IndexWriter(place, kept, sizeOf(path) ?? 0);
  try {
    for (const segment of segmentsOf({ path, isPartial, listing: listings[listing ?? ""], from, firstLine })) {
      writer?.add(segment);
      const { resident, postings } = segment;
      tell({ resident, postings });
    }
    writer?.close();
  } catch (error) {
    writer?.abandon();
    throw error;
  }
  tell({ isWritten: writer !== undefined });
}

function tell(news: IndexingNews): void {
  parentPort?.postMessage(news, "resident" in news ? [news.resident.buffer, news.postings.buffer] : []);
}

// Loaded in the main thread, as a test may, it does nothing.
if (parentPort !== null && workerData !== null) indexFile(workerData as IndexingTask);
