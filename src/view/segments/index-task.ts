import type { BuiltSegment } from "./builder.ts";
import { type Indexed, IndexWriter, type NewIndex } from "./index-file.ts";
import { listings } from "./listings.ts";
import { type ReadOptions, segmentsOf } from "./read-file.ts";

/** What is to be indexed, here or in a worker. */
export interface IndexingTask extends Omit<ReadOptions, "listing"> {
  /** Name of the list that the records make up. */
  readonly listing: string | undefined;
  /** Where the index is written, of which records; undefined for a file that still grows. */
  readonly index: (NewIndex & { readonly kept: Indexed; readonly bytes: number }) | undefined;
}

/** Each segment as it is made, with its postings, or where they stand in the index file. */
export interface IndexingNews {
  readonly resident: BuiltSegment["resident"];
  readonly postings: BuiltSegment["postings"] | number;
}

/** Indexes a file, and writes the index where it is kept. */
export function indexFile({ listing, index, ...reading }: IndexingTask, tell: (news: IndexingNews) => void): void {
  const writer = index === undefined ? undefined : new IndexWriter(index, index.kept, index.bytes);
  try {
    for (const segment of segmentsOf({ ...reading, listing: listings[listing ?? ""] })) {
      const { resident } = segment;
      tell({ resident, postings: writer === undefined ? segment.postings : writer.add(segment) });
    }
    writer?.finish();
  } catch (error) {
    writer?.abandon();
    throw error;
  }
}
