export * from "./calibrate.ts";
export * from "./certificate.ts";
export * from "./certificate-text.ts";
export * from "./kept.ts";
export * from "./labelled-answers.ts";
export * from "./labelling.ts";
export * from "./standing.ts";
