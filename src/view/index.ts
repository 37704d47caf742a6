/** A run in the browser: what its pages show, and the server that hands it to them. */

export * from "./query/index.ts";
export type * from "./room.ts";
export { servedRooms } from "./rooms.ts";
export { findRuns, type NamedRun } from "./run/runs.ts";
export type { TraceAnswer } from "./server/inside-routes.ts";
export { openBrowser } from "./server/open-browser.ts";
export { startViewer, type Viewer, type ViewOptions } from "./server/start.ts";
export * from "./sharing/index.ts";
export type * from "./source.ts";
export type * from "./source-guard.ts";
export type * from "./source-inside.ts";
export type * from "./source-public.ts";
export type * from "./source-review.ts";
