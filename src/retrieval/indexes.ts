import MiniSearch from "minisearch";
import { splitWords } from "../reading/index.ts";
import type { Chunk } from "./chunks.ts";
import { chunkDocument } from "./chunks.ts";
import { refuseSameIds, type SourceDocument } from "./document.ts";
import type { Hit, SearchTool } from "./search-tool.ts";

/** Signs of text up to which an index in memory is quick to build; above, SQLite's is. */
const largestInMemory = 8e6;

/** An index of documents, in memory or, of many, in SQLite. @throws PreceptError input-invalid for two with one id. */
export async function indexDocuments(documents: readonly SourceDocument[]): Promise<SearchTool> {
  refuseSameIds(documents);
  const chunks = documents.flatMap(chunkDocument);
  const size = documents.reduce((sum, { text }) => sum + text.length, 0);
  return size > largestInMemory ? indexInSqlite(chunks) : indexInMemory(chunks);
}

/** BM25+ over words, by MiniSearch. */
export function indexInMemory(chunks: readonly Chunk[]): SearchTool {
  const index = new MiniSearch<Chunk>({
    idField: "chunkId",
    fields: ["title", "text"],
    tokenize: splitWords,
    processTerm: (term) => term,
  });
  index.addAll(chunks);
  const byId = new Map(chunks.map((chunk) => [chunk.chunkId, chunk]));
  return {
    id: "minisearch",
    description,
    search({ text, limit }) {
      const found = index.search(text, { boost: { title: 1.5 } }).slice(0, limit);
      return Promise.resolve(
        found.flatMap(({ id, score }): Hit[] => {
          const chunk = byId.get(String(id));
          return chunk === undefined ? [] : [{ ...chunk, score }];
        }),
      );
    },
  };
}

/** BM25 over the same words, by SQLite's FTS5. @param path a file in which to keep it; default: in memory. */
export async function indexInSqlite(chunks: readonly Chunk[], path = ":memory:"): Promise<SearchTool> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec(
    "drop table if exists chunk; create virtual table chunk using fts5(title, body, tokenize='unicode61 remove_diacritics 0')",
  );
  const insert = database.prepare("insert into chunk(rowid, title, body) values (?, ?, ?)");
  database.exec("begin");
  for (const [i, { title = "", text }] of chunks.entries()) {
    insert.run(i, splitWords(title).join(" "), splitWords(text).join(" "));
  }
  database.exec("commit");
  const select = database.prepare(
    "select rowid, -bm25(chunk, 1.5, 1.0) as score from chunk where chunk match ? order by score desc, rowid limit ?",
  );
  return {
    id: "sqlite-fts5",
    description,
    search({ text, limit }) {
      const words = [...new Set(splitWords(text))].map((word) => `"${word.replaceAll('"', "")}"`);
      const rows = words.length === 0 ? [] : select.all(words.join(" OR "), limit);
      return Promise.resolve(
        rows.flatMap(({ rowid, score }): Hit[] => {
          const chunk = chunks[Number(rowid)];
          return chunk === undefined ? [] : [{ ...chunk, score: Number(score) }];
        }),
      );
    },
  };
}

const description = "Finds the parts of the documents that share the most telling words with the query.";
