/** What was measured in a run: suites, their items, and two checkpoints against each other. */

export { answerFiles } from "./answers.ts";
export * from "./comparer.ts";
export * from "./evaluations.ts";
