import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { setUpPython } from "./python-setup.ts";

const versions = {
  python: "3.12.1",
  torch: "2",
  transformers: "5",
  trl: "1.16.0",
  peft: "0",
  accelerate: "1",
  datasets: "5",
};

/** A program that says it is a Python of this version with these packages. */
function writePython(path: string, version: string): string {
  const script = `#!/bin/sh\ncase "$1" in -c) echo ${version};; *) echo '${JSON.stringify(versions)}';; esac\n`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return path;
}

/** A uv that writes down what it is asked, and makes an environment whose Python is a copy of `python`. */
function writeUv(folder: string, python: string, log: string): void {
  const make = `for home; do :; done; mkdir -p "$home/bin" "$home/lib/trl-1.16.0.dist-info"; cp ${python} "$home/bin/python"`;
  const script = `#!/bin/sh\necho "$*" >> ${log}\ncase "$1" in venv) ${make};; pip) exit \${UV_EXIT:-0};; esac\n`;
  writeFileSync(join(folder, "uv"), script);
  chmodSync(join(folder, "uv"), 0o755);
}

describe.skipIf(process.platform === "win32")("setUpPython", () => {
  const prepare = async (version = "3.12.1") => {
    const folder = await temporaryFolder();
    const log = join(folder, "log.txt");
    const python = writePython(join(folder, "python3"), version);
    mkdirSync(join(folder, "bin"));
    writeUv(join(folder, "bin"), python, log);
    const env = { PATH: `${join(folder, "bin")}:/usr/bin:/bin` };
    return { home: join(folder, "home"), log, options: { python, env, tell: () => undefined, roomBytes: 0 } };
  };

  it("makes the environment, says what it is, and does nothing the second time", async () => {
    const { home, log, options } = await prepare();
    const made = await setUpPython({ ...options, home });
    expect(made).toMatchObject({ home, versions, packages: 1, wasThere: false });
    expect(made.bytes).toBeGreaterThan(0);
    expect(await setUpPython({ ...options, home })).toMatchObject({ packages: 1, wasThere: true });
    expect(readFileSync(log, "utf8").match(/^venv/gm)).toHaveLength(1);
  });

  it("goes on where it was broken off", async () => {
    const { home, log, options } = await prepare();
    const env = { ...options.env, UV_EXIT: "2" };
    await expect(setUpPython({ ...options, env, home })).rejects.toMatchObject({
      code: "package-missing",
      message: expect.stringContaining("exit code 2"),
    });
    await setUpPython({ ...options, home });
    expect(readFileSync(log, "utf8").match(/^(venv|pip)/gm)).toEqual(["venv", "pip", "pip"]);
  });

  it("empties no folder that is no environment, and makes one anew that is half there", async () => {
    const { home, log, options } = await prepare();
    mkdirSync(home);
    writeFileSync(join(home, "thesis.txt"), "mine");
    await expect(setUpPython({ ...options, home })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("thesis.txt"),
    });
    expect(readFileSync(join(home, "thesis.txt"), "utf8")).toBe("mine");
    expect(readFileSync(log, "utf8")).not.toContain("venv");
    const own = `${home}-own`;
    mkdirSync(own);
    await setUpPython({ ...options, home: own });
    expect(readFileSync(log, "utf8")).not.toContain("--clear");
    rmSync(join(own, "bin"), { recursive: true });
    writeFileSync(join(own, "pyvenv.cfg"), "");
    await setUpPython({ ...options, home: own });
    expect(readFileSync(log, "utf8").match(/--clear/gu)).toHaveLength(1);
  });

  it("refuses a Python that is too old or not there, and a disk without room, before it makes anything", async () => {
    const { home, options } = await prepare("3.9.2");
    await expect(setUpPython({ ...options, home })).rejects.toThrow("is Python 3.9.2");
    await expect(setUpPython({ ...options, python: "/no/python", home })).rejects.toThrow("no /no/python that starts");
    const fit = await prepare();
    await expect(setUpPython({ ...fit.options, home, roomBytes: 1e18 })).rejects.toMatchObject({ code: "disk" });
    expect(existsSync(home)).toBe(false);
  });
});
