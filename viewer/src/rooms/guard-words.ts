const actions: Readonly<Record<string, string>> = {
  pass: "passed",
  observe: "observed",
  mask: "masked",
  block: "blocked",
  revise: "rewritten",
  route: "answered by another",
};
const stages: Readonly<Record<string, string>> = {
  input: "of people",
  output: "answer",
  reasoning: "reasoning",
  "tool-call": "call of a tool",
  "tool-result": "what a tool gave",
};
const statuses: Readonly<Record<string, string>> = {
  checked: "read by every check",
  "failed-open": "a check failed; let pass",
  "failed-closed": "a check failed; stopped",
  skipped: "read by no check",
};

/** "block" → "blocked". */
export const nameAction = (action: string): string => actions[action] ?? action;

/** Of what kind a text is. */
export const nameStageOf = (stage: string): string => stages[stage] ?? stage;

/** Whether it was read. */
export const nameStatus = (status: string): string => statuses[status] ?? status;
