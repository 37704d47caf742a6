/** A switch that is off unless given. */
export function flag(brief: string) {
  return { kind: "boolean", brief, default: false, withNegated: false } as const;
}

/** An optional text. */
export function text(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief } as const;
}

/** An optional whole number, not negative. */
export function integer(placeholder: string, brief: string) {
  return { kind: "parsed", parse: parseInteger, optional: true, placeholder, brief } as const;
}

/** A required argument. */
export function positional(placeholder: string, brief: string) {
  return { parse: String, placeholder, brief } as const;
}

function parseInteger(input: string): number {
  if (!/^\d{1,9}$/.test(input)) throw new SyntaxError(`expected a whole number below a milliard, found "${input}"`);
  return Number(input);
}
