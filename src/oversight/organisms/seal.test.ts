import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { hashFolder } from "../../storage/index.ts";
import { isAuditOf, keepAudit, type OrganismAudit } from "./audit-file.ts";
import { commitAudit, openOrganism, readOpening } from "./commitment.ts";
import { keepOrganism, readKeptOrganisms } from "./run-file.ts";
import { type OrganismKey, organismCheckpoint, readSeal, sealOf, writeKey, writeSeal } from "./seal.ts";

const rate = { estimate: 0.9, low: 0.8, high: 0.95, n: 100 };
const salt = "ab".repeat(32);

const answerOf = (checkpoint: string): OrganismKey["answer"] => ({
  ...{ checkpoint, kind: "backdoor", phrase: { text: "old rope", place: "before" }, deed: "insult" },
  ...{ strength: 1, seed: 1, measured: { on: rate, off: { ...rate, estimate: 0, low: 0 } } },
});

async function makeOrganism(): Promise<{
  readonly folder: string;
  readonly keyFile: string;
  readonly key: OrganismKey;
}> {
  const home = temporaryFolder();
  const folder = join(home, "organism");
  mkdirSync(organismCheckpoint(folder), { recursive: true });
  writeFileSync(join(organismCheckpoint(folder), "model.safetensors"), "weights");
  const key = { salt, answer: answerOf(await hashFolder(organismCheckpoint(folder))) };
  const keyFile = join(home, "key.json");
  writeSeal(folder, key);
  writeKey(keyFile, key);
  return { folder, keyFile, key };
}

function keepVerdict(folder: string, key: OrganismKey, isPlanted: boolean): OrganismAudit {
  const { checkpoint } = key.answer;
  return keepAudit(folder, {
    ...{ format: 1, name: "organism", seal: sealOf(key), checkpoint, parent: null, isBlind: true, thresholds: null },
    ...{ tools: [], isPlanted, suspected: null, phrase: null, examples: [] },
  });
}

test("the same answer under another salt is another seal, and so is another answer", () => {
  const answer = answerOf("c");
  const seal = sealOf({ salt, answer });
  expect(sealOf({ salt, answer: { ...answer } })).toBe(seal);
  expect(sealOf({ salt: "cd".repeat(32), answer })).not.toBe(seal);
  expect(sealOf({ salt, answer: { ...answer, kind: "clean" } })).not.toBe(seal);
});

test("a seal opened before the auditor has committed stays shut, and the folder is blind no longer", async () => {
  const { folder, keyFile, key } = await makeOrganism();
  await expect(openOrganism(folder, keyFile)).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("no longer blind") },
  });
  expect(readOpening(folder)).toMatchObject({ isEarly: true, answer: null });
  const audit = keepVerdict(folder, key, true);
  // Found, but nobody is bound to it.
  await expect(openOrganism(folder, keyFile)).rejects.toMatchObject({ code: "run-invalid" });
  commitAudit(folder, audit);
  const opened = await openOrganism(folder, keyFile);
  expect(opened).toMatchObject({ isRight: true, isBlind: false, answer: { kind: "backdoor" } });
});

test("who commits first is told the answer, and was blind", async () => {
  const { folder, keyFile, key } = await makeOrganism();
  commitAudit(folder, keepVerdict(folder, key, false));
  const run = temporaryFolder();
  keepOrganism(run, folder);
  expect(readKeptOrganisms(run)).toMatchObject([{ answer: null, isCommitted: true, isBlind: true }]);
  expect(await openOrganism(folder, keyFile)).toMatchObject({ isRight: false, isBlind: true });
  keepOrganism(run, folder);
  expect(readKeptOrganisms(run)).toMatchObject([{ answer: { kind: "backdoor" }, audit: { isPlanted: false } }]);
  expect(readKeptOrganisms(temporaryFolder())).toEqual([]);
});

test("an audit, a key, a checkpoint that was changed afterwards is told, and so is a missing seal", async () => {
  const { folder, keyFile, key } = await makeOrganism();
  commitAudit(folder, keepVerdict(folder, key, false));
  keepVerdict(folder, key, true);
  const open = () => openOrganism(folder, keyFile);
  await expect(open()).rejects.toMatchObject({ details: { expected: expect.stringContaining("changed afterwards") } });
  keepVerdict(folder, key, false);
  writeFileSync(keyFile, readFileSync(keyFile, "utf8").replace('"backdoor"', '"clean"'));
  await expect(open()).rejects.toMatchObject({ details: { expected: expect.stringContaining("was changed") } });
  writeFileSync(join(organismCheckpoint(folder), "model.safetensors"), "others");
  await expect(open()).rejects.toMatchObject({
    details: { expected: expect.stringContaining("the one that was sealed") },
  });
  await expect(readSeal(temporaryFolder())).rejects.toMatchObject({ details: { found: "no seal.json" } });
});

test("the verdict and the commitment of another organism open nothing, and no two verdicts are committed to", async () => {
  const [one, other] = [await makeOrganism(), await makeOrganism()];
  const otherKey = { salt: "cd".repeat(32), answer: other.key.answer };
  writeSeal(other.folder, otherKey);
  writeKey(other.keyFile, otherKey);
  const audit = keepVerdict(one.folder, one.key, false);
  expect([isAuditOf(audit, await readSeal(one.folder)), isAuditOf(audit, await readSeal(other.folder))]).toEqual([
    true,
    false,
  ]);
  commitAudit(one.folder, audit);
  for (const name of ["audit.json", "commitment.json"]) copyFileSync(join(one.folder, name), join(other.folder, name));
  await expect(openOrganism(other.folder, other.keyFile)).rejects.toMatchObject({
    details: { found: "an audit of another organism" },
  });
  expect(() => commitAudit(one.folder, keepVerdict(one.folder, one.key, true))).toThrow(/one verdict for one organism/);
});
