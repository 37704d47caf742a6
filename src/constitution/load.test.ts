import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lintConstitution } from "./lint.ts";
import { bundledConstitutions, loadConstitution, loadWithPositions } from "./load.ts";
import { renderConstitution, renderHashes, renderLint } from "./render.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-constitution-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("what comes with Precept", () => {
  it("is found by name", async () => {
    const names = await bundledConstitutions();
    expect(names).toEqual(expect.arrayContaining(["cai-paper", "claude-2023"]));
    for (const name of names) {
      const { constitution, file } = await loadWithPositions(name);
      expect([constitution.name, file]).toEqual([name, `constitutions/${name}.yaml`]);
    }
  });

  it("lints clean", async () => {
    for (const name of await bundledConstitutions()) {
      const loaded = await loadWithPositions(name);
      expect(renderLint(lintConstitution(loaded.constitution), loaded)).toBe(
        `constitutions/${name}.yaml: nothing to complain about`,
      );
    }
  });

  it("has 58 principles of 2023 in six sections, each with its origin", async () => {
    const { principles } = await loadConstitution("claude-2023");
    const sections = Map.groupBy(principles, ({ tags }) => tags.find((tag) => !tag.startsWith("anti-")));
    expect([...sections].map(([tag, list]) => [tag, list.length])).toEqual([
      ["human-rights", 8],
      ["platform-terms", 4],
      ["non-western-perspectives", 4],
      ["sparrow-rules", 11],
      ["research-set-1", 16],
      ["research-set-2", 15],
    ]);
    expect(new Set(principles.map(({ source }) => source)).size).toBe(58);
  });

  it("has the paper's 16 + 16, each with its requests and its origin", async () => {
    const { principles } = await loadConstitution("cai-paper");
    const pairs = principles.filter(({ tags }) => tags.includes("sl-cai"));
    const comparisons = principles.filter(({ tags }) => tags.includes("rl-cai"));
    expect([pairs.length, comparisons.length, principles.length]).toEqual([16, 16, 32]);
    expect(pairs.map(({ source }) => source)).toEqual(
      Array.from({ length: 16 }, (_, i) => `Bai et al. 2022, appendix C.1, harmful${i}`),
    );
    expect(comparisons.map(({ source }) => source)).toEqual(
      Array.from({ length: 16 }, (_, i) => `Bai et al. 2022, appendix C.2, rl${i}`),
    );
    expect(pairs.every((p) => p.critiqueRequest && p.revisionRequest && !p.comparisonRequest)).toBe(true);
    expect(comparisons.every((p) => p.comparisonRequest && !p.critiqueRequest && !p.revisionRequest)).toBe(true);
  });
});

describe("files", () => {
  it("are read by path, also when named like one of ours", async () => {
    const path = write("harbor.yaml", "principles:\n  - {id: a, text: A.}\n");
    expect((await loadConstitution(path)).principles).toHaveLength(1);
  });

  it("that are absent name what there is", async () => {
    await expect(loadConstitution("claude-2032")).rejects.toMatchObject({
      code: "usage",
      details: { found: "no such file", remedy: "did you mean claude-2023?" },
    });
    await expect(loadConstitution(folder)).rejects.toMatchObject({
      code: "usage",
      details: { found: "a folder" },
    });
  });

  it("that are no UTF-8 or far too large are refused", async () => {
    const latin = write("latin.yaml", new Uint8Array([0x6e, 0x3a, 0xe9, 0x0a]));
    await expect(loadConstitution(latin)).rejects.toMatchObject({
      code: "constitution-invalid",
      issues: [{ code: "encoding", line: 1, path: [] }],
    });
    const text = "name: ours\nprinciples:\n  - {id: kind, text: Sei freundlich zu Ämtern.}\n";
    const wide = write("wide.yaml", Buffer.from(`\ufeff${text}`, "utf16le"));
    expect((await loadConstitution(wide)).principles[0]?.text).toBe("Sei freundlich zu Ämtern.");
    await expect(loadConstitution(write("l.yaml", Buffer.from(text, "latin1")))).rejects.toThrow(/l\.yaml:3/);
    const large = write("large.yaml", "#".repeat(4_000_001));
    await expect(loadConstitution(large)).rejects.toMatchObject({
      issues: [{ code: "too-large", size: 4_000_001, limit: 4_000_000 }],
    });
  });

  it.skipIf(process.getuid?.() === 0)("without permission say so", async () => {
    const path = write("secret.yaml", "principles: []");
    chmodSync(path, 0);
    await expect(loadConstitution(path)).rejects.toMatchObject({ code: "permission" });
  });
});

describe("rendering", () => {
  it("shows a constitution and its hash", async () => {
    const path = write(
      "shown.yaml",
      "name: shown\nsource: us\npreamble: Why.\nprinciples:\n  - {id: kind, text: Be kind., weight: 3, tags: [tone], critiqueRequest: Is it kind?, inverse: Be unkind.}\n  - {id: useful, text: Be useful to everyone who asks whatever they may be asking for in the end., comparisonRequest: Be useful to everyone who asks whatever they may be asking for in the end.}\n",
    );
    const constitution = await loadConstitution(path);
    expect(renderConstitution(constitution, 60)).toMatchInlineSnapshot(`
      "shown: 2 principles
      sha256:530d3e647db347c8bb56844ee4d4c01371178c44f783c0dfa3e61d011d451867
      source: us

      Why.

      1. kind [tone], weight 3 (75.0 % of draws)
         Be kind.
           critique: Is it kind?
           inverse: Be unkind.

      2. useful, weight 1 (25.0 % of draws)
         Be useful to everyone who asks whatever they may be
         asking for in the end."
    `);
    expect(renderHashes([{ file: "shown.yaml", constitution }])).toBe(`${constitution.hash}  shown.yaml`);
  });
});
