import { describe, expect, test } from "vitest";
import type { Moderation, Statement } from "../votes.ts";
import { hideRatified, hideStatements } from "./hide-statements.ts";
import { draftedTown } from "./provenance.test-support.ts";
import type { DraftedConstitution, PublicPrinciple } from "./public-constitution.ts";
import { quoteAsPrinciple } from "./statement-form.ts";

const secret = "My neighbour Ada Miller tells lies";
const [template] = draftedTown({ id: "", text: "" }).principles;
const principle = (id: string, text: string, statements: Readonly<Record<string, string>>): PublicPrinciple => ({
  ...(template as PublicPrinciple),
  ...{ id, text },
  statements: Object.entries(statements).map(([own, words]) => ({
    ...(template as PublicPrinciple).statements[0],
    ...{ id: own, text: words, counts: null, groupCounts: [], rejectedBy: [] },
    ...{ groupAwareConsensus: null, agreement: null },
  })),
});
const quoted = principle("ada-miller-tells-lies", quoteAsPrinciple(secret), { s1: secret });
const shared = principle("honest", "Choose the response that is most honest.", { s1: secret, s2: "Be honest." });
const other = principle("kind", "Choose the response that is kindest.", { s3: "Be kind." });
const drafted: DraftedConstitution = {
  ...draftedTown(other),
  principles: [quoted, shared, other],
  conflicts: [
    { ids: [quoted.id, "kind"], by: "model", why: "to say that Ada Miller tells lies is not kind" },
    { ids: ["honest", "kind"], by: "model", why: "the truth may hurt" },
  ],
  unwritten: [{ statement: "s1", demand: secret, fault: `“${secret}” is no order` }],
};
const hide = (one: DraftedConstitution, moderation: Moderation, ids = ["s1", "s2", "s3"]): DraftedConstitution => {
  const about = { text: "", at: 0, isSeed: false, isMeta: false };
  const statements = ids.map((id): Statement => ({ ...about, id, moderation: id === "s1" ? moderation : "accepted" }));
  return hideStatements(one, { statements }, "before");
};

describe("of a statement that may no longer be shown", () => {
  test.each(["waiting", "rejected", "erased"] as const)("no word is left in a draft that quotes it (%s)", (state) => {
    const after = state === "erased" ? hide(drafted, "accepted", ["s2", "s3"]) : hide(drafted, state);
    expect(JSON.stringify(after)).not.toMatch(/ada.miller/i);
    expect(after.principles.map(({ id }) => id)).toEqual(["honest", "kind"]);
    expect(after.principles[0]?.statements.map(({ text }) => text)).toEqual([
      expect.stringContaining("not shown"),
      "Be honest.",
    ]);
    expect(after.conflicts.map(({ ids }) => ids)).toEqual([["honest", "kind"]]);
    expect(after.unwritten.map(({ statement, fault }) => [statement, fault])).toEqual([
      ["s1", "its statement may no longer be shown"],
      ["s1", "its statement may no longer be shown"],
    ]);
  });

  test("a principle that quotes it goes, though it rests on another, too; in any case and spacing, and in a request", () => {
    const { text } = quoted;
    const [s1, s2] = [`${secret}.`, "Nobody should lie."];
    const requests = { critiqueRequest: "Is it kind?", revisionRequest: `Say that ${secret.toUpperCase()}.` };
    const two = [
      principle("in-text", text.replace("My neighbour", "my  neighbour"), { s1, s2 }),
      { ...principle("in-request", "Choose the kindest.", { s1, s2 }), ...requests },
    ];
    expect(hide({ ...drafted, principles: two }, "rejected").principles).toEqual([]);
    expect(hide({ ...drafted, principles: two }, "accepted").principles).toEqual(two);
  });

  test("the id that was made of it is gone from the second vote, too", () => {
    const of = ({ id }: PublicPrinciple) => ({
      id,
      counts: null,
      groupCounts: [],
      share: null,
      state: "refused" as const,
    });
    const ratification = { log: "c", from: 0.6, minimum: 5, principles: drafted.principles.map(of) };
    const provenance = { schemaVersion: 1, constitution: "d", version: 1, drafted, ratification } as const;
    const after = hideRatified(provenance, hide(drafted, "rejected"));
    expect(JSON.stringify(after)).not.toMatch(/ada.miller/i);
    expect(after.ratification?.principles.map(({ id }) => id)).toEqual(["honest", "kind"]);
  });
});

test("what may be shown is left as it was", () => {
  expect(hide(drafted, "accepted")).toEqual(drafted);
});
