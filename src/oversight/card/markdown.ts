/** Characters that mean something in Markdown of tables, lists and headings, and in HTML. */
const marks = /[\\`*_[\]{}<>|~&#$]/gu;

/** A text of data as plain words on one line: no mark-up, no table, no link of its own. */
export function escapeMarkdown(text: string, longest = 240): string {
  const line = text.replace(/\s+/gu, " ").trim();
  // Whole characters: what is cut afterwards could end between a stroke and what it keeps plain.
  const letters = [...line];
  const cut = letters.length > longest ? `${letters.slice(0, longest - 1).join("")}…` : line;
  return (
    cut
      .replace(marks, String.raw`\$&`)
      // What begins a list or a rule does so at the beginning of a line alone.
      .replace(/^(?:[-+](?=[-\s]|$)|\d+(?=[.)](?:\s|$)))/u, (start) =>
        /\d/u.test(start) ? `${start}\\` : `\\${start}`,
      )
      // The hub makes links of bare addresses, and of names of people.
      .replace(/:\/\//gu, String.raw`:\//`)
      .replace(/\bwww\./giu, (start) => `${start.slice(0, 3)}\\.`)
      .replace(/@/gu, String.raw`\@`)
  );
}

/** A name of data as code: fenced by more strokes than it holds; in a cell of a table a bar would end the cell. */
export function codeSpan(text: string): string {
  const line = text.replace(/\s+/gu, " ").replaceAll("|", String.raw`\|`);
  const longest = Math.max(0, ...[...line.matchAll(/`+/gu)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return /^`|`$/u.test(line) ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}
