/** What a run keeps and where each record comes from; prompts read from many formats, data sets written in many. */

export * from "./exports/index.ts";
export * from "./jsonl.ts";
export * from "./lineage.ts";
export * from "./prompt.ts";
export * from "./prompts/index.ts";
export * from "./provenance.ts";
