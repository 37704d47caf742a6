import { describe, expect, it } from "vitest";
import { diffConstitutions } from "./diff.ts";
import { parseConstitution } from "./parse.ts";
import { renderDiff } from "./render.ts";

const BEFORE = `
name: before
principles:
  - {id: kind, text: Be kind., tags: [tone], weight: 2}
  - {id: useful, text: Be useful., critiqueRequest: Is it useful?}
  - {id: honest, text: Tell the truth.}
  - {id: gone, text: Never sing.}
`;
const AFTER = `
name: after
preamble: New.
principles:
  - {id: helpful, text: be useful., critiqueRequest: Does it help?, revisionRequest: Make it help.}
  - {id: kind, text: Be very kind., tags: [manners]}
  - {id: honest, text: Tell the truth., weight: 1.0}
  - {id: fresh, text: Dance.}
`;

describe("diffConstitutions", () => {
  const before = parseConstitution(BEFORE);
  const after = parseConstitution(AFTER);

  it("compares by the meaning of ids", () => {
    const { added, removed, ...rest } = diffConstitutions(before, after);
    expect(added.map(({ id }) => id)).toEqual(["fresh"]);
    expect(removed.map(({ id }) => id)).toEqual(["gone"]);
    expect(rest).toMatchInlineSnapshot(`
      {
        "preamble": {
          "after": "New.",
          "before": null,
        },
        "rebound": [],
        "renamed": [
          {
            "from": "useful",
            "to": "helpful",
          },
        ],
        "reordered": [
          "helpful",
          "kind",
          "honest",
        ],
        "retagged": [
          {
            "added": [
              "manners",
            ],
            "id": "kind",
            "removed": [
              "tone",
            ],
          },
        ],
        "reweighted": [
          {
            "after": 1,
            "before": 2,
            "id": "kind",
          },
        ],
        "reworded": [
          {
            "after": "Be very kind.",
            "before": "Be kind.",
            "field": "text",
            "id": "kind",
          },
          {
            "after": "be useful.",
            "before": "Be useful.",
            "field": "text",
            "id": "helpful",
          },
          {
            "after": "Does it help?",
            "before": "Is it useful?",
            "field": "critiqueRequest",
            "id": "helpful",
          },
          {
            "after": "Make it help.",
            "before": null,
            "field": "revisionRequest",
            "id": "helpful",
          },
        ],
        "same": false,
      }
    `);
  });

  it("reads well", () => {
    expect(
      renderDiff(diffConstitutions(before, after), { before: "before.yaml", after: "after.yaml" }),
    ).toMatchInlineSnapshot(`
      "before.yaml -> after.yaml
      ~ preamble changed
      - gone: Never sing.
      + fresh: Dance.
      = useful is now called helpful
      ~ kind.text
          was "Be kind."
          now "Be very kind."
      ~ helpful.text
          was "Be useful."
          now "be useful."
      ~ helpful.critiqueRequest
          was "Is it useful?"
          now "Does it help?"
      ~ helpful.revisionRequest
          was (none)
          now "Make it help."
      ~ kind.weight: 2 -> 1
      ~ kind.tags: -tone +manners
      ~ order: helpful, kind, honest
      the hashes differ"
    `);
  });

  it("sees nothing in another layout", () => {
    const other = parseConstitution(
      BEFORE.replaceAll(/\{(.*)\}/g, (_, body: string) => `\n    ${body.replace(/, (?=\w+:)/g, "\n    ")}`),
    );
    const diff = diffConstitutions(before, other);
    expect(diff.same).toBe(true);
    expect(renderDiff(diff, { before: "a", after: "b" })).toBe("a and b say the same");
  });

  it("is reversed when turned round", () => {
    const [there, back] = [diffConstitutions(before, after), diffConstitutions(after, before)];
    expect(back.added).toEqual(there.removed);
    expect(back.removed).toEqual(there.added);
    expect(back.renamed).toEqual(there.renamed.map(({ from, to }) => ({ from: to, to: from })));
    expect(back.reweighted.map(({ before: b, after: a }) => [a, b])).toEqual(
      there.reweighted.map(({ before: b, after: a }) => [b, a]),
    );
    expect(back.reworded).toHaveLength(there.reworded.length);
  });

  it("tells a change of order, and of sources, which no model reads", () => {
    const moved = parseConstitution(BEFORE.replace(/( {2}- \{id: kind.*\n)( {2}- \{id: useful.*\n)/, "$2$1"));
    expect(diffConstitutions(before, moved)).toMatchObject({
      same: false,
      reordered: ["useful", "kind", "honest", "gone"],
    });
    const sourced = parseConstitution(BEFORE.replace("text: Never sing.", "text: Never sing., source: us"));
    const diff = diffConstitutions(before, sourced);
    expect(diff).toMatchObject({ same: true, reworded: [{ id: "gone", field: "source", before: null, after: "us" }] });
  });
});
