/** What a file holds that was made to be sent, and its lists filtered; nothing here imports a module of Node's. */

export * from "./address.ts";
export * from "./file-of.ts";
export type * from "./shared.ts";
export * from "./shared-lister.ts";
