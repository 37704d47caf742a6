/**
 * Role markers, one token each. A response being produced stands after <asst>, one being judged after <said>, so that what
 * follows a quoted response (a rule) never competes with the end of a spoken one.
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
