/**
 * Role markers, one token each. A response to be generated follows <asst>, one to be judged follows <said>, so that what comes
 * after a quoted response (a rule) never competes with the end of a generated one.
 */
export const marker = {
  end: "<end>",
  user: "<user>",
  assistant: "<asst>",
  said: "<said>",
  rule: "<rule>",
  critique: "<crit>",
  revision: "<rev>",
  first: "<A>",
  second: "<B>",
  why: "<why>",
  better: "<better>",
  note: "<note>",
  fact: "<fact>",
  /** A statement of one of the public. */
  statement: "<state>",
  /** Whether a critique is right, or a rule says what a statement says. */
  check: "<check>",
  /** A turn of a debate. */
  turn: "<turn>",
  /** Whether the passage has the sentence that a debater quotes. */
  found: "<found>",
  absent: "<absent>",
  /** What a model under test may see. */
  score: "<score>",
  test: "<test>",
  pad: "<pad>",
} as const;
