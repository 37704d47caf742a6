/** The filter of a list, for Node and the browser alike: nothing here imports a module of Node's. */

export * from "./bits.ts";
export * from "./filter.ts";
export * from "./postings.ts";
export * from "./query.ts";
export * from "./words.ts";
