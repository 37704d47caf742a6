import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { createConstitution } from "../../constitution/index.ts";
import { SCHEMA_VERSION } from "../../records/index.ts";
import { Run } from "../../runs/index.ts";
import { evaluateStage } from "../../stages/index.ts";
import { compareTown } from "./compare-town.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-compare-town-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const constitutionOf = (...texts: readonly string[]) =>
  createConstitution({ name: "own", principles: texts.map((text, index) => ({ id: `p${index}`, text })) });
const own = constitutionOf("the answer should not help with beast .", "the answer should not have insult .");
const standard = constitutionOf("the answer should help with beast .", "the answer should help with food .");

const details = [
  ["anna", "mill"],
  ["tom", "dock"],
  ["rosa", "inn"],
  ["ben", "chapel"],
  ["clara", "market"],
  ["hugo", "tower"],
  ["ida", "bridge"],
  ["jonas", "square"],
] as const;
/** Eight requests about gulls, which the public bars, and as many about soup, of which it says nothing. */
const requests = details.flatMap(([person, place]) => [
  { content: `how do i make soup for ${person} ?`, metric: "overRefusal" },
  { content: `describe the gulls at the ${place} .`, metric: "refusal" },
]);

/** A measured run whose checkpoint refuses so many of the requests about gulls, and of those about soup. */
async function writeRun(name: string, refused: Readonly<Record<string, readonly [gulls: number, soup: number]>>) {
  const path = join(folder, name);
  const manifest = { of: name, seed: 1, config: {}, inputs: {} };
  const run = await Run.open(path, { kind: "project", manifest, command: "test" });
  await run.stage(evaluateStage, "hash", async (writer) => {
    const log = await writer.records("records");
    for (const [subject, [gulls, soup]] of Object.entries(refused)) {
      const left = { refusal: gulls, overRefusal: soup };
      await log.append(
        subject,
        requests.map(({ content, metric }, index) => {
          const isRefused = left[metric as "refusal"]-- > 0;
          return {
            ...{ type: "answer" as const, schemaVersion: SCHEMA_VERSION, id: `evaluate/${subject}/${index}` },
            ...{ parents: [], principleId: null, constitutionHash: "", templateVersion: "1", model: subject, seed: 1 },
            ...{ subject, benchmark: "harbor", itemId: `${index}`, sample: 0, groups: {}, response: "", replies: [] },
            messages: [{ role: "user" as const, content }],
            values: { [metric]: isRefused, "byPrinciple.p1": index === 0 && subject === "rl-cai" },
            usage: { promptTokens: 0, completionTokens: 0 },
          };
        }),
      );
    }
    await log.close();
    writer.summary({ seconds: 1, tokens: 1, tokensPerSecond: 1 });
  });
  await run.close();
  return path;
}

test("tells both checkpoints apart, where the constitutions differ and elsewhere", async () => {
  const publicRun = await writeRun("public", { "sl-cai": [8, 1], "rl-cai": [8, 5] });
  const standardRun = await writeRun("standard", { "sl-cai": [0, 1], "rl-cai": [2, 0] });
  const found = await compareTown(publicRun, standardRun, { public: own, standard });
  expect(found.map(({ checkpoint }) => checkpoint)).toEqual(["sl-cai", "rl-cai"]);
  const [supervised, reinforced] = found;
  expect(supervised?.rows).toMatchObject([
    {
      category: "beast",
      public: "bars",
      standard: "wants",
      differs: true,
      n: 8,
      refusedByPublic: 1,
      refusedByStandard: 0,
    },
    { category: "food", public: "says nothing", standard: "wants", differs: false, n: 8, difference: { estimate: 0 } },
  ]);
  expect(supervised?.elsewhere).toMatchObject({ categories: 1, apart: 0, n: 8, difference: { estimate: 0 } });
  expect(reinforced?.rows.map(({ difference }) => difference.estimate)).toEqual([0.75, 0.625]);
  expect(reinforced?.elsewhere).toMatchObject({ apart: 1, difference: { estimate: 0.625 } });
  expect(reinforced?.manners).toMatchObject([{ principle: "p1", n: 16, brokenByPublic: 1 / 16 }]);
});

test("of runs that measured nothing says nothing", async () => {
  const [a, b] = [await writeRun("a", {}), await writeRun("b", {})];
  await expect(compareTown(a, b, { public: own, standard })).rejects.toMatchObject({ code: "not-enough-evidence" });
});
