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
  pad: "<pad>",
} as const;
