import { createHash } from "node:crypto";
import { contentHash } from "../storage/index.ts";
import type { AnalysisHashes } from "./analysis.ts";
import type { SettledOptions } from "./options.ts";
import type { VoteTable } from "./table.ts";
import type { Statement } from "./votes.ts";

/** Names of what an analysis read: every latest vote and every statement's state, and the options. */
export function hashesOf(table: VoteTable, statements: readonly Statement[], options: SettledOptions): AnalysisHashes {
  const hash = createHash("sha256");
  for (const ids of [table.participants, table.statements])
    hash.update(`${JSON.stringify(ids.length)}\n`).update(ids.join("\n"));
  for (const array of [table.starts, Uint32Array.from(table.columns), table.votes])
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  const states = statements.map(({ id, moderation, isMeta }) => `${id}\t${moderation}\t${isMeta}`).sort();
  hash.update(states.join("\n"));
  return { log: hash.digest("hex"), configuration: contentHash(options) };
}
