import type { Ratification } from "../../collective/drafting/index.ts";
import { type CollectiveData, textsOf } from "./data.ts";

export type Cell = string | number | undefined;

/** A table of a conversation: cells of few people, and what nobody measured, are undefined. */
export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: "text" | "number" | "count" }[];
  readonly rows: readonly (readonly Cell[])[];
}

const columnsOf = (type: Table["columns"][number]["type"], ...names: readonly string[]): Table["columns"] =>
  names.map((name) => ({ name, type }));

/** What everybody may take away of a conversation: its statements with their votes, and its principles. */
export function tablesOf({ opinion, drafted, provenance }: CollectiveData): readonly Table[] {
  const { published } = opinion;
  const texts = textsOf(opinion);
  const groups = published.groups.map((_, index) => `group-${index + 1}`);
  const second = new Map(provenance?.ratification?.principles.map((one) => [one.id, one]));
  return [
    {
      name: "statements",
      columns: [
        ...columnsOf("text", "statement", "text", "agreement", "rejection"),
        ...columnsOf("number", "consensus", "lower", "upper"),
        ...["all", ...groups].flatMap((name) =>
          columnsOf("count", ...["agree", "pass", "disagree"].map((vote) => `${name}-${vote}`)),
        ),
      ],
      rows: published.statements.map(({ id, all, groups: own, agreement, rejection, consensus }) => [
        ...[id, texts.get(id) ?? "", agreement, rejection],
        ...[consensus?.estimate, consensus?.lower, consensus?.upper],
        ...[all, ...own].flatMap((counts) => [counts?.agree, counts?.pass, counts?.disagree]),
      ]),
    },
    {
      name: "principles",
      columns: [
        ...columnsOf("text", "principle", "text"),
        ...columnsOf("number", "weight"),
        ...columnsOf("text", "statements", "second-vote"),
        ...columnsOf("number", "share-agreeing"),
      ],
      rows: (drafted?.principles ?? []).map(({ id, text, weight, statements }) => [
        ...[id, text, weight, statements.map((one) => one.id).join(" ")],
        ...[second.get(id)?.state ?? "", shareAgreeing(second.get(id), opinion.smallestCell)],
      ]),
    },
  ];
}

/** Of the answers to a principle; of fewer than a cell holds, their share is theirs. */
function shareAgreeing(vote: Ratification | undefined, smallestCell: number): number | undefined {
  if (vote === undefined || vote.counts === null) return undefined;
  return vote.counts.agree + vote.counts.disagree < smallestCell ? undefined : vote.share?.estimate;
}
