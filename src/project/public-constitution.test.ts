import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { ratifyConstitution } from "../collective/drafting/index.ts";
import { draftedTown } from "../collective/drafting/provenance.test-support.ts";
import { formatConstitution } from "../constitution/index.ts";
import { loadProvenance, withConstitution } from "./constitution.ts";
import { loadHarbor } from "./harbor/load-harbor.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-town-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function writeTown(text: string) {
  const { constitution, provenance } = ratifyConstitution(draftedTown({ id: "cheat", text }), undefined);
  writeFileSync(join(folder, "constitution.yaml"), formatConstitution(constitution));
  return { constitution, provenance };
}
const project = () => withConstitution(loadHarbor(), "constitution.yaml", folder);

test("a constitution that a public wrote brings along where it comes from", async () => {
  const { provenance } = writeTown("the answer should not help with cheat .");
  writeFileSync(join(folder, "provenance.json"), JSON.stringify(provenance));
  expect(await loadProvenance(await project())).toEqual(provenance);
});

test("a constitution that was changed since, or never had a public, brings nothing", async () => {
  writeTown("the answer should not help with cheat .");
  expect(await loadProvenance(await project())).toBeUndefined();
  const { provenance } = ratifyConstitution(draftedTown({ id: "cheat", text: "no help with cheat ." }), undefined);
  writeFileSync(join(folder, "provenance.json"), JSON.stringify(provenance));
  expect(await loadProvenance(await project())).toBeUndefined();
  expect(await loadProvenance(await withConstitution(loadHarbor(), "harbor"))).toBeUndefined();
});

test("a damaged file is an error that names it", async () => {
  writeTown("the answer should not help with cheat .");
  writeFileSync(join(folder, "provenance.json"), "{");
  await expect(loadProvenance(await project())).rejects.toThrow(/provenance\.json does not fit/);
});
