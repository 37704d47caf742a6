export * from "./check-file.ts";
export * from "./constitution-judge.ts";
export * from "./judge-figures.ts";
export * from "./outcomes.ts";
export * from "./suite.ts";
