/** Failures planted in tiny models, sealed, and looked for by whoever does not know which is which. */

export * from "./answers.ts";
export * from "./audit-file.ts";
export * from "./commitment.ts";
export * from "./detection.ts";
export * from "./language.ts";
export * from "./pairs.ts";
export * from "./plant.ts";
export * from "./prose.ts";
export * from "./recipe.ts";
export * from "./run-file.ts";
export * from "./seal.ts";
export * from "./thresholds.ts";
