import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { writeWhole } from "../storage/files.ts";
import { RecordLog } from "./record-log.ts";
import { StageWriter } from "./stage-writer.ts";

const schema = z.object({ id: z.string(), text: z.string() });
const isRoot = process.getuid?.() === 0;

describe("a full disk", () => {
  test.runIf(process.platform === "linux")("stops metrics with a remedy", () => {
    const stage = new StageWriter(temporaryFolder(), {});
    symlinkSync("/dev/full", join(stage.folder, "metrics.jsonl"));
    expect(failure(() => stage.metrics({ step: 1, loss: 2 }))).toMatchObject({
      code: "disk",
      details: { remedy: expect.stringContaining("the run continues where it stopped") },
    });
  });

  test.runIf(canMount())("loses the batch that did not fit, and only that", async () => {
    const folder = tinyDisk();
    const log = RecordLog.open(folder, "records", schema);
    await log.append("fits", [{ id: "a", text: "short" }]);
    const before = readFileSync(join(folder, "records.partial.jsonl"), "utf8");
    await expect(log.append("too long", [{ id: "b", text: "x".repeat(200_000) }])).rejects.toMatchObject({
      code: "disk",
    });
    expect(readFileSync(join(folder, "records.partial.jsonl"), "utf8")).toBe(before);
    await log.append("fits too", [{ id: "c", text: "short" }]);
    log.release();
    const again = RecordLog.open(folder, "records", schema);
    expect((await Array.fromAsync(again.all())).map(({ id }) => id)).toEqual(["a", "c"]);
    again.release();
  });

  test.runIf(canMount())("leaves the earlier file whole when a new one does not fit", () => {
    const path = join(tinyDisk(), "summary.json");
    writeWhole(path, "first");
    expect(failure(() => writeWhole(path, "x".repeat(200_000)))).toMatchObject({ code: "disk" });
    expect(readFileSync(path, "utf8")).toBe("first");
    writeWhole(path, "second");
    expect(readFileSync(path, "utf8")).toBe("second");
  });
});

test("a folder without permission gives a permission error with a remedy", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "closed"));
  chmodSync(join(folder, "closed"), 0o555);
  chmodSync(folder, 0o755);
  const script = `
    import { Run } from ${JSON.stringify(new URL("./run.ts", import.meta.url).href)};
    const options = { kind: "project", manifest: { seed: 1, config: {}, inputs: {} }, command: "test" };
    await Run.open(${JSON.stringify(join(folder, "closed", "run"))}, options).catch((error) => {
      console.log(JSON.stringify({ code: error.code, remedy: error.details.remedy }));
    });`;
  // Root may write anywhere, so the child steps down to an ordinary user first.
  const stepDown = isRoot ? "process.setgid(65534); process.setuid(65534);" : "";
  const main = join(folder, "main.mjs");
  writeFileSync(main, script.replace("const options", `${stepDown}\nconst options`));
  const result = spawnSync(process.execPath, [main], { encoding: "utf8" });
  expect(result.stderr).toBe("");
  expect(JSON.parse(result.stdout)).toEqual({
    code: "permission",
    remedy: "give another folder, or change the permissions of this one",
  });
});

function failure(body: () => void): unknown {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(PreceptError);
    return error;
  }
  return undefined;
}

function canMount(): boolean {
  if (process.platform !== "linux" || !isRoot) return false;
  const folder = mkdtempSync(join(tmpdir(), "precept-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (mounted) execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return mounted;
}

/** A file system of 64 KiB. */
function tinyDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-tiny-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
  onTestFinished(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-disk-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
