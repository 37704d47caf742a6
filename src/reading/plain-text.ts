const spellings: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚‛ʼʹ′´]/gu, "'"],
  [/[“”„‟″]/gu, '"'],
  [/[‐‑‒–—―−﹘﹣]/gu, "-"],
  [/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu, " "],
  [/\u00ad|\u200b|\u200c|\u200d|\u2060|\ufeff/gu, ""],
  [/…/gu, "..."],
];

/** One spelling of punctuation: straight quotes, "-" for every dash, plain spaces, ASCII for full-width forms, nothing invisible. */
export function toPlainPunctuation(text: string): string {
  const narrow = text.replace(/[！-～]/gu, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  return spellings.reduce((plain, [pattern, spelling]) => plain.replace(pattern, spelling), narrow);
}

const wrappers =
  /\\(?:boxed|fbox|mbox|text(?:bf|it|rm|sf|tt)?|math(?:bf|it|rm|sf|tt|bb)?|operatorname|bm|emph)\s*\{([^{}]*)\}/gu;

/** Without what LaTeX writes around letters and words: \boxed{\text{B}} → "B", "9{,}500" → "9,500", \$5\% → "$5%", \( \) gone. */
export function unwrapLatex(text: string): string {
  let plain = text.replace(/\{([,.])\}/gu, "$1");
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(wrappers, "$1");
  }
  return plain.replace(/\\[()[\]]|\\(?:left|right|displaystyle)(?![a-z])/giu, "").replace(/\\([$%#&_{}])/gu, "$1");
}

/** What the last \boxed{…} of a text holds, braces within it balanced; undefined without one that is closed. */
export function findBoxed(text: string): string | undefined {
  const open = /\\(?:boxed|fbox)\s*\{/gu;
  const starts = [...text.matchAll(open)].map((match) => match.index + match[0].length);
  for (const start of starts.toReversed()) {
    let depth = 1;
    for (let at = start; at < text.length; at++) {
      if (text[at] === "{") depth++;
      else if (text[at] === "}" && --depth === 0) return text.slice(start, at);
    }
  }
  return undefined;
}

/** Whether the words before a place say that what stands there is not meant: "not a …", "rather than …", "isn't (". */
export function isNegated(before: string): boolean {
  return /(?:\b(?:(?:can)?not|neither|nor|never|except|rather than|instead of)|n't)\s+(?:(?:be|an?|the|option|choice|answer)\s+)*[("'*]*$/iu.test(
    before,
  );
}
