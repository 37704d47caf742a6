import { type SpanMatcher, tokenMatcher } from "./matcher.ts";
import { wordMatcher } from "./words.ts";

/** Keys as their issuers write them: a prefix, and enough characters behind it. */
const keyForm =
  /^(?:sk-[\w-]{20,}|gsk_\w{20,}|xai-\w{20,}|hf_\w{20,}|gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|xox[abeoprs]-[\w-]{10,}|[rs]k_live_\w{16,}|npm_\w{36}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,})/;

/** Searches for keys of known issuers, JSON web tokens, and the head of a private key. */
export function secretMatchers(): readonly SpanMatcher[] {
  const heads = ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "].map((kind) => `-----BEGIN ${kind}PRIVATE KEY-----`);
  return [
    tokenMatcher({
      starts: /[sgxhrnAe]/,
      continues: /[\w.-]/,
      most: 1024,
      refuses: (start) =>
        !"sk-|gsk_|xai-|hf_|gh|glpat-|AKIA|AIza|xox|rk_live_|sk_live_|npm_|eyJ"
          .split("|")
          .some((prefix) => start.startsWith(prefix) || prefix.startsWith(start)),
      accept: (run) => keyForm.exec(run)?.[0].length,
    }),
    wordMatcher(heads, false),
  ];
}
