import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Keeps garbage from piling up in a process that makes much of it for hours and holds little. V8 would let its young
 * generation grow to 64 MB and its old one to several times what is alive; here the young one stays as it is, and the old
 * one is collected once it has grown by half. 4,000 prompts of `precept run` take 204 MB at most with it and 382 MB
 * without, 16,000 prompts 429 MB. It concerns the whole process, so only the program may do it, never the library.
 */
export function boundGarbage(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=50");
}

/**
 * Gives back what loading the program left, where a process stays for hours and holds little: 116 MB in place of 159 for `precept view`.
 * V8 would keep it until as much again is made.
 */
export function dropGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
