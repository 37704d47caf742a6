import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { findPython } from "./python-home.ts";
import { JobProcess } from "./python-process.ts";

const hasPython = spawnSync("python3", ["-c", ""]).status === 0;

describe.skipIf(!hasPython)("a Python process", () => {
  it("runs nothing that lies in the current folder", async () => {
    const folder = await temporaryFolder();
    const ran = join(folder, "ran");
    const foreign = `open(${JSON.stringify(ran)}, "w").close()\n`;
    mkdirSync(join(folder, "precept_job"));
    mkdirSync(join(folder, "job"));
    writeFileSync(join(folder, "precept_job", "__main__.py"), foreign);
    for (const name of ["fcntl.py", "argparse.py", "torch.py"]) writeFileSync(join(folder, name), foreign);
    const before = process.cwd();
    onTestFinished(() => process.chdir(before));
    process.chdir(folder);
    await findPython("python3").catch(() => undefined);
    const child = await JobProcess.start("job", 1, { program: "python3", words: ["-m", "precept_job"] });
    await child.waitForEnd();
    expect(existsSync(ran)).toBe(false);
    expect(existsSync(join(folder, "job", "log-1.txt"))).toBe(true);
  });

  it("that cannot be started is not waited for, and one that fails says why", async () => {
    const folder = await temporaryFolder();
    const child = await JobProcess.start(folder, 1, { program: join(folder, "none"), words: [] });
    await expect(child.waitForEnd()).rejects.toMatchObject({ code: "package-missing" });
    await child.cancel({ terminateMs: 60_000, killMs: 60_000 });
    expect(existsSync(join(folder, "cancel"))).toBe(false);
    const broken = join(folder, "python");
    writeFileSync(broken, "#!/bin/sh\necho Traceback >&2\necho 'no library' >&2\nexit 1\n", { mode: 0o755 });
    await expect(findPython(broken)).rejects.toThrow("did not start: no library");
  });

  it("is started by a path as it is named here", async () => {
    const folder = await temporaryFolder();
    const before = process.cwd();
    onTestFinished(() => process.chdir(before));
    process.chdir(folder);
    const log = join(folder, "asked");
    writeFileSync("python", `#!/bin/sh\necho asked >> ${log}\necho 3.12.1\n`, { mode: 0o755 });
    await expect(findPython("./python")).rejects.toThrow("without torch");
    expect(existsSync(log)).toBe(true);
  });
});
