import type { Chains } from "../chains/chains.ts";
import type { Phrase, WorthALook } from "../source.ts";

const plural = (n: number): string => (n === 1 ? "chain" : "chains");

/** How chains were made, as far as it decides what is news. */
export interface ChainMaking {
  /** A principle was drawn for each round, so that no critique reads a last revision. */
  readonly areDrawn: boolean;
  /** Last revisions were read again, and chains with a fault left out of training. */
  readonly isReread: boolean;
}

/** Patterns of chains that somebody should look at, each with its count and its filter. */
export function chainsWorthALook(chains: Chains, { areDrawn, isReread }: ChainMaking): WorthALook[] {
  const say = (pattern: string, words: (n: number) => Phrase, detail: Phrase | null): WorthALook[] => {
    const count = chains.countOf("pattern", pattern);
    if (count === 0) return [];
    const opens = { room: "chains" as const, query: { facets: { pattern: [pattern] } } };
    return [{ count, words: words(count), detail, opens, examples: [] }];
  };
  return [
    ...say(
      "put-back",
      (n) => [`${plural(n)} where a later round `, { strong: "puts back words" }, " that an earlier one took out"],
      sidesOf(chains),
    ),
    ...say("still-breaking", (n) => [`${plural(n)} whose last answer `, { strong: "still breaks a principle" }], [
      `A critique that read it says so.${isReread ? " None of them is trained on." : ""}`,
    ]),
    ...(areDrawn
      ? []
      : say("not-rechecked", (n) => [`${plural(n)} whose `, { strong: "last revision nobody read" }], null)),
  ];
}

/** The principle that most of them were revised under. */
function sidesOf(chains: Chains): Phrase | null {
  const count = chains.countOf("pattern", "put-back");
  const [first] = chains.valuesWhere("principle", { facets: { pattern: ["put-back"] } });
  if (first === undefined) return null;
  return [{ em: first.value }, ` revised in ${first.count === count ? "all" : first.count} of them.`];
}
