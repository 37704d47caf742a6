/** A content security policy: nothing is loaded or sent anywhere but what `allowed` names, by directive. */
export function contentPolicy(allowed: Readonly<Record<string, string>>): string {
  const all = { "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", ...allowed };
  return Object.entries(all)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join("; ");
}

/** What keeps a page's own scripts from making markup of text. */
export const trustedTypes = { "require-trusted-types-for": "'script'", "trusted-types": "'none'" } as const;
