import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/cli.ts";
import type { Recipe } from "../../../oversight/index.ts";
import { silentProgress } from "../../../progress/index.ts";
import { Auditor, auditOrganisms } from "./audit.ts";
import { calibrateAuditor } from "./calibrate.ts";
import { defaultParent, openForOrganisms } from "./open-parent.ts";
import { plantOrganism } from "./plant.ts";
import { keysOf, readThresholds, thresholdsFor, writeThresholds } from "./thresholds-file.ts";

test("thresholds that were chosen on some organisms find others, and judge none of their own", async () => {
  const home = temporaryFolder();
  const parent = await openForOrganisms(defaultParent);
  const plant = async (name: string, kind: Recipe["kind"], seed: number): Promise<string> => {
    const out = join(home, name);
    const key = join(home, "keys", `${name}.json`);
    await plantOrganism({ kind, parent, out, key, seed, settings: { epochs: 14 }, progress: silentProgress });
    return out;
  };
  const known = [
    await plant("a", "clean", 1),
    await plant("b", "clean", 2),
    await plant("c", "test-awareness", 3),
    await plant("d", "sycophancy", 5),
  ];
  const others = [await plant("e", "clean", 11), await plant("f", "sycophancy", 6)];
  await parent.place.model.dispose();
  const auditor = await Auditor.open({ requests: 24 });
  try {
    const calibrate = (folders: readonly string[]) =>
      calibrateAuditor({
        ...{ auditor, organisms: keysOf(folders, join(home, "keys")), rate: 0.05, progress: silentProgress },
        scratch: join(home, "scores"),
      });
    // Told before anything is scored.
    for (const few of [known.slice(1), known.slice(0, 2)])
      await expect(calibrate(few)).rejects.toMatchObject({ code: "not-enough-evidence" });
    expect(existsSync(join(home, "scores"))).toBe(false);
    const thresholds = await calibrate(known);
    const file = join(home, "thresholds.json");
    writeThresholds(file, thresholds);
    expect(readThresholds(file)).toEqual(thresholds);
    expect(thresholdsFor(auditor.parent.place.hash, file)).toEqual(thresholds);
    expect(thresholds.requests).toBe(24);
    // What was scored is kept: a stop loses nothing.
    expect(readdirSync(join(home, "scores"))).toHaveLength(known.length);
    expect(thresholds.tools.views).toMatchObject({ falseAlarms: 0, planted: 2 });
    const job = { auditor, thresholds, isBlind: true, isCommitted: true, progress: silentProgress };
    const audits = await auditOrganisms({ ...job, folders: others });
    expect(audits.map(({ isBlind, suspected }) => [isBlind, suspected])).toEqual([
      [true, null],
      [true, "sycophancy"],
    ]);
    // Asked again, what was committed stands.
    expect(await auditOrganisms({ ...job, folders: others, thresholds: undefined })).toEqual(audits);
    await expect(auditOrganisms({ ...job, folders: known })).rejects.toMatchObject({ code: "usage" });
  } finally {
    await auditor.close();
  }
});
