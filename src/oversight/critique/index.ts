/** Critiques of critiques, and the test by tampered answers. */

export * from "./checks.ts";
export * from "./figures.ts";
export * from "./found.ts";
export * from "./levels.ts";
export * from "./tamper.ts";
