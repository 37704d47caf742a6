/** A run in the browser: what its pages show, and the server that hands it to them. */

export * from "./query/index.ts";
export type * from "./source.ts";
