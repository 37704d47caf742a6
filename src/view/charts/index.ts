/** Charts as data, for the pages of the viewer and the report: nothing here imports a module of Node's. */

export * from "./intervals.ts";
export * from "./svg.ts";
