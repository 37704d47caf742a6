import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { WORDINGS } from "./constitution.ts";
import { joinConstitutions } from "./edit.ts";
import { formatConstitution } from "./format.ts";
import { type ImportOptions, importConstitution } from "./import.ts";
import { lintConstitution } from "./lint.ts";
import { loadConstitution } from "./load.ts";
import { parseConstitution } from "./parse.ts";
import { words } from "./text.ts";

const DATA = process.env.PRECEPT_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const FILES = {
  pairs: join(DATA, "cai-paper-prompts/sl_cai_principles.json"),
  comparisons: join(DATA, "cai-paper-prompts/rl_cai_principles.json"),
  swarm: join(DATA, "llm-swarm-constitutions/constitution_anthropic.json"),
  grok: join(DATA, "llm-swarm-constitutions/constitution_grok.json"),
  page: join(dirname(DATA), "seeds/2-claudes-constitution-2023.txt"),
  prose: join(DATA, "claude-constitution-2026/20260120-constitution.md"),
};
const absent = Object.values(FILES).filter((file) => !existsSync(file));
if (absent.length > 0)
  console.warn(
    `published constitutions: skipped, no ${absent.join(", ")} (set PRECEPT_DATA to the shared data folder)`,
  );

function read(file: keyof typeof FILES, options: ImportOptions = {}) {
  return importConstitution(readFileSync(FILES[file], "utf8"), { file: FILES[file], ...options });
}

describe.skipIf(absent.length > 0)("the published forms, as they are", () => {
  it("the paper: 16 pairs and 16 comparisons", () => {
    const [pairs, comparisons] = [read("pairs"), read("comparisons")];
    expect([pairs.format, comparisons.format]).toEqual(["paper-json", "paper-json"]);
    expect(pairs.constitution.principles.map(({ id }) => id)).toEqual(
      Array.from({ length: 16 }, (_, i) => `harmful${i}`),
    );
    expect(
      pairs.constitution.principles.every((p) => p.critiqueRequest && p.revisionRequest && !p.comparisonRequest),
    ).toBe(true);
    expect(comparisons.constitution.principles.map(({ id }) => id)).toEqual(
      Array.from({ length: 16 }, (_, i) => `rl${i}`),
    );
    expect(comparisons.constitution.principles.every((p) => p.comparisonRequest && !p.critiqueRequest)).toBe(true);
    expect(pairs.constitution.principles[3]?.critiqueRequest).toContain("precedings response");
    expect(joinConstitutions("paper", [pairs.constitution, comparisons.constitution]).principles).toHaveLength(32);
  });

  it("llm-swarm: 16 and 2 pairs, with their conversations", () => {
    const [swarm, grok] = [read("swarm"), read("grok")];
    expect([swarm.format, swarm.constitution.principles.length, swarm.chats.map((chat) => chat.length)]).toEqual([
      "llm-swarm-json",
      16,
      [6, 6, 6, 6],
    ]);
    expect([grok.format, grok.constitution.principles.length]).toEqual(["llm-swarm-json", 2]);
  });

  it("the page of 2023: 58 principles in six sections, one of them torn", () => {
    const { format, constitution, notes } = read("page");
    expect(format).toBe("claude-2023-text");
    const sections = Map.groupBy(constitution.principles, ({ tags }) => tags[0]);
    expect([...sections].map(([tag, list]) => [tag, list.length])).toEqual([
      ["universal-declaration-of-human-rights", 8],
      ["apples-terms-of-service", 4],
      ["non-western-perspectives", 4],
      ["deepminds-sparrow-rules", 11],
      ["anthropic-research-set-1", 16],
      ["anthropic-research-set-2", 15],
    ]);
    expect(notes).toEqual([
      {
        code: "begins-mid-sentence",
        line: 166,
        principle: "anthropic-research-set-1-8",
        text: "socially acceptable manner.",
      },
    ]);
    expect(constitution.principles[3]?.source).toMatch(/articles 4 & 5$/);
    expect(constitution.principles.every(({ text }) => !/[[\]#]|\(\d/.test(text))).toBe(true);
  });

  it("the document of 2026: a principle for each section, none of its words lost", () => {
    const { format, constitution, notes } = read("prose");
    expect([format, constitution.principles.length]).toEqual(["markdown", 24]);
    expect(notes).toEqual([{ code: "table-of-contents", line: 1, text: "Claude’s Constitution" }]);
    const document = readFileSync(FILES.prose, "utf8");
    const body = words(document.slice(document.indexOf("# Overview")).replace(/^#{1,2} .*$/gm, ""));
    expect(constitution.principles.flatMap(({ text }) => words(text))).toEqual(body);
    expect(
      read("prose", { sections: ["Hard constraints", "being-honest"] }).constitution.principles.map(({ id, tags }) => [
        id,
        tags,
      ]),
    ).toEqual([
      ["being-honest", ["being-broadly-ethical"]],
      ["hard-constraints", ["avoiding-harm"]],
    ]);
  });

  it("become YAML that says the same", () => {
    for (const file of ["pairs", "comparisons", "swarm", "grok", "page", "prose"] as const) {
      const { constitution } = read(file);
      expect(parseConstitution(formatConstitution(constitution))).toEqual(constitution);
    }
  });

  it("show lint the twins that their readers know", () => {
    const twins = (file: "pairs" | "comparisons" | "page"): unknown =>
      lintConstitution(read(file).constitution).flatMap((issue) =>
        issue.code === "near-duplicate" ? [issue.ids] : [],
      );
    expect(twins("pairs")).toEqual([["harmful0", "harmful6"]]);
    expect(twins("comparisons")).toEqual([["rl0", "rl13"]]);
    expect(twins("page")).toEqual([
      ["anthropic-research-set-1-3", "anthropic-research-set-1-14"],
      ["non-western-perspectives-1", "non-western-perspectives-2"],
      ["non-western-perspectives-1", "non-western-perspectives-3"],
    ]);
  });

  it("lend no five words in a row to the constitutions in our own words", async () => {
    const runs = (text: string): string[] => {
      const list = words(text);
      return list.slice(4).map((_, i) => list.slice(i, i + 5).join(" "));
    };
    const originals = new Set(
      ["pairs", "comparisons", "page"].flatMap((file) => runs(readFileSync(FILES[file as keyof typeof FILES], "utf8"))),
    );
    for (const name of ["claude-2023", "cai-paper"]) {
      const { principles, preamble } = await loadConstitution(name);
      const ours = [
        preamble ?? "",
        ...principles.flatMap((principle) => WORDINGS.map((field) => principle[field] ?? "")),
      ];
      expect(ours.flatMap(runs).filter((run) => originals.has(run))).toEqual([]);
    }
  });
});
