/** The filter of a list, for Node and the browser alike: nothing here imports a module of Node's. */

export * from "./query.ts";
