/** Other patterns in place of a regular expression: an anchor or a flag lost, a class inverted, a count changed by one. */
export function patternMutations({ pattern, flags }: { readonly pattern: string; readonly flags: string }): string[] {
  const others = new Set<string>();
  const add = (start: number, length: number, replacement: string): void => {
    const other = pattern.slice(0, start) + replacement + pattern.slice(start + length);
    if (other !== "" && isPattern(other, flags)) others.add(`/${other}/${flags}`);
  };
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern.slice(at, at + 2);
    if (sign.startsWith("\\")) {
      if (sign === "\\b") add(at, 2, "");
      if (/^\\[dsw]$/.test(sign)) add(at, 2, sign.toUpperCase());
      at++;
    } else if (inClass) {
      if (sign.startsWith("]")) inClass = false;
    } else if (sign.startsWith("[")) {
      inClass = true;
      add(at, sign === "[^" ? 2 : 1, sign === "[^" ? "[" : "[^");
    } else if (/^[$^]/.test(sign)) {
      add(at, 1, "");
    } else if (/^[+*]/.test(sign)) {
      add(at, 1, sign.startsWith("+") ? "" : "+");
    } else if (sign.startsWith("?") && !/[(?*+}]$/.test(pattern.slice(0, at))) {
      add(at, 1, "");
    }
  }
  if (flags.includes("i")) others.add(`/${pattern}/${flags.replace("i", "")}`);
  return [...others];
}

function isPattern(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags);
    return true;
  } catch {
    return false;
  }
}
