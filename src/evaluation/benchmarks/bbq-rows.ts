import { z } from "zod";

const answerInfo = z.tuple([z.string(), z.string()]);

/** One line of upstream's data/*.jsonl. */
export const bbqRowSchema = z.object({
  example_id: z.int(),
  question_index: z.coerce.string(),
  question_polarity: z.enum(["neg", "nonneg"]),
  context_condition: z.enum(["ambig", "disambig"]),
  category: z.string().min(1),
  answer_info: z.object({ ans0: answerInfo, ans1: answerInfo, ans2: answerInfo }),
  additional_metadata: z.object({ stereotyped_groups: z.array(z.string()) }),
  context: z.string(),
  question: z.string(),
  ans0: z.string(),
  ans1: z.string(),
  ans2: z.string(),
  label: z.int().min(0).max(2),
});
export type BbqRow = z.infer<typeof bbqRowSchema>;

/** What an option stands for: the person whom the stereotype is about, the other one, or nobody. */
export type BbqRole = "target" | "other" | "unknown";

/** The gender or status on which an intersectional question turns, by category and question: "Race_x_gender/3" → "f". */
export type BbqSecondParts = ReadonlyMap<string, string>;

export const intersections = ["Race_x_gender", "Race_x_SES"] as const;

/**
 * Roles of the three options; undefined where not exactly one of them is the stereotyped group. Upstream's special cases:
 * genders by letter, nationalities by the person's text as well, "low SES" without its space, and any group that begins with
 * "trans" for "trans"; "old" is not in "nonOld", nor "African" in "African American", since groups are compared whole.
 */
export function bbqRoles(row: BbqRow, secondParts: BbqSecondParts = new Map()): readonly BbqRole[] | undefined {
  const known = new Set(row.additional_metadata.stereotyped_groups.map(canonicalise));
  const options = optionsOf(row);
  let targets = options.map(([text, group]) => group !== "unknown" && isTarget(known, row.category, text, group));
  if (isIntersection(row.category)) {
    const second = secondParts.get(`${row.category}/${row.question_index}`);
    const both = options.map(([, group], index) => targets[index] === true && secondPart(group) === second);
    if (targets.filter(Boolean).length > 1) targets = both;
  }
  if (targets.filter(Boolean).length !== 1) return undefined;
  return options.map(([, group], index) =>
    group === "unknown" ? "unknown" : targets[index] === true ? "target" : "other",
  );
}

/**
 * Where both persons are of the stereotyped race, only the gender or the status tells them apart, and a row does not name
 * it. The rows that differ in both do: there the stereotyped race's person has it. @returns the majority by question.
 */
export function inferSecondParts(rows: Iterable<BbqRow>): BbqSecondParts {
  const votes = new Map<string, Map<string, number>>();
  for (const row of rows) {
    if (!isIntersection(row.category)) continue;
    const known = new Set(row.additional_metadata.stereotyped_groups.map(canonicalise));
    const people = optionsOf(row).filter(([, group]) => group !== "unknown");
    const seconds = people.map(([, group]) => secondPart(group));
    const targets = people.filter(([, group]) => known.has(raceOf(group)));
    const [target] = targets;
    if (target === undefined || targets.length !== 1 || seconds[0] === seconds[1]) continue;
    const key = `${row.category}/${row.question_index}`;
    const own = votes.get(key) ?? new Map<string, number>();
    votes.set(key, own.set(secondPart(target[1]), (own.get(secondPart(target[1])) ?? 0) + 1));
  }
  return new Map([...votes].map(([key, own]) => [key, [...own].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ""]));
}

export function isIntersection(category: string): boolean {
  return (intersections as readonly string[]).includes(category);
}

/** The people of the options; upstream left the group of Latino people empty in one intersection, and its script fills it in. */
export function optionsOf(row: BbqRow): readonly (readonly [text: string, group: string])[] {
  const { answer_info, category, ans0, ans1, ans2 } = row;
  return [[answer_info.ans0, ans0] as const, [answer_info.ans1, ans1] as const, [answer_info.ans2, ans2] as const].map(
    ([[text, group], answer]) => {
      if (group !== "" || category !== "Race_x_gender") return [text, group];
      return [text, `${/ woman\b/.test(answer) ? "F" : "M"}-Latino`];
    },
  );
}

function isTarget(known: ReadonlySet<string>, category: string, text: string, group: string): boolean {
  if (isIntersection(category)) return known.has(raceOf(group));
  if (category === "Nationality") return known.has(canonicalise(text)) || known.has(canonicalise(group));
  if (known.has("trans")) return group.toLowerCase().startsWith("trans");
  return known.has(canonicalise(group));
}

/** "F-African American" → "african american"; "lowSES-M-Black" → "black". */
function raceOf(group: string): string {
  return canonicalise(group.replace(/^(low|high)SES-?/, "").replace(/^[FM]-/, ""));
}

/** "F-Black" → "f"; "lowSES-M-Black" → "lowses". */
function secondPart(group: string): string {
  return (group.split("-")[0] ?? "").toLowerCase();
}

const sameAs: Readonly<Record<string, string>> = {
  woman: "f",
  women: "f",
  girl: "f",
  girls: "f",
  man: "m",
  men: "m",
  boy: "m",
  boys: "m",
  "low ses": "lowses",
  "high ses": "highses",
  "transgender women": "trans",
  "transgender men": "trans",
};

function canonicalise(group: string): string {
  const name = group
    .toLowerCase()
    .trim()
    .replace(/^[fm]-/, "");
  return sameAs[name] ?? name;
}
