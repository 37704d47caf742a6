import { parentPort, workerData } from "node:worker_threads";
import type { BuiltSegment } from "./builder.ts";
import { type Indexed, IndexWriter, type NewIndex } from "./index-file.ts";
import { listings } from "./listings.ts";
import { type ReadOptions, segmentsOf } from "./read-file.ts";

/** What a worker is asked to index. */
export interface IndexingTask extends Omit<ReadOptions, "listing"> {
  /** Name of the list that the records make up. */
  readonly listing: string | undefined;
  /** Where the index is written, of which records; undefined for a file that still grows. */
  readonly index: (NewIndex & { readonly kept: Indexed; readonly bytes: number }) | undefined;
}

/** What it says: each segment as it is made, with its postings, or where they stand in the index file. */
export interface IndexingNews {
  readonly resident: BuiltSegment["resident"];
  readonly postings: BuiltSegment["postings"] | number;
}

function indexFile({ listing, index, ...reading }: IndexingTask): void {
  const writer = index === undefined ? undefined : new IndexWriter(index, index.kept, index.bytes);
  try {
    for (const segment of segmentsOf({ ...reading, listing: listings[listing ?? ""] })) {
      const { resident, postings } = segment;
      if (writer === undefined) tell({ resident, postings }, [resident.buffer, postings.buffer]);
      else tell({ resident, postings: writer.add(segment) }, [resident.buffer]);
    }
    writer?.finish();
  } catch (error) {
    writer?.abandon();
    throw error;
  }
}

function tell(news: IndexingNews, transferred: readonly ArrayBuffer[]): void {
  parentPort?.postMessage(news, transferred);
}

// Loaded in the main thread, as a test may, it does nothing.
if (parentPort !== null && workerData !== null) indexFile(workerData as IndexingTask);
