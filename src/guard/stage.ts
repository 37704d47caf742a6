/** What a check reads: what people write, what the model says, what it thinks, and what goes to tools and comes from them. */
export const STAGES = ["input", "output", "reasoning", "tool-call", "tool-result"] as const;
export type Stage = (typeof STAGES)[number];

/** What comes to the model from others. */
export const isOfInput = (stage: Stage): boolean => stage === "input" || stage === "tool-result";
