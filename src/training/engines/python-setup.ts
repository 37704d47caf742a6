import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Interruption, PreceptError } from "../../errors.ts";
import { asFileError, tryJson, writeWhole } from "../../storage/index.ts";
import { fetchedBytes } from "./fetched.ts";
import { askVersion, findPython, isNewEnough, programOf, pythonHome, requirementsFile } from "./python-home.ts";

/** Room that the environment takes on Linux, where torch brings its CUDA libraries; elsewhere it is far less. */
const ROOM_BYTES = 8e9;

export interface PythonSetup {
  /** Folder of the environment. */
  readonly home: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Packages in it. */
  readonly packages: number;
  readonly bytes: number;
  /** Bytes that pip or uv said they fetched for it; caches of theirs are not counted. */
  readonly fetched?: number | undefined;
  /** Whether there was nothing to do. */
  readonly wasThere: boolean;
}

export interface SetupOptions {
  /** Default `pythonHome()`. */
  readonly home?: string | undefined;
  /** The Python that makes it. Default: uv's or python3. */
  readonly python?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** One line before each part. */
  readonly tell: (text: string) => void;
  /** Bytes that must be free. */
  readonly roomBytes?: number;
}

const doneSchema = z.object({
  requirements: z.string(),
  packages: z.number(),
  bytes: z.number(),
  fetched: z.number().exactOptional(),
});

/**
 * Makes the environment that trains, with pinned packages: by uv where it is installed, else by venv. The same call again goes on
 * where it was broken off, and does nothing where it is done.
 * @throws PreceptError package-missing without a Python that will do, disk without room, interrupted.
 */
export async function setUpPython(options: SetupOptions): Promise<PythonSetup> {
  const { env, tell, signal, roomBytes = ROOM_BYTES } = options;
  const home = options.home ?? pythonHome(env);
  const program = programOf(home);
  const requirements = createHash("sha256").update(readFileSync(requirementsFile)).digest("hex");
  const mark = join(home, "precept.json");
  const done = existsSync(mark) ? doneSchema.safeParse(tryJson(readFileSync(mark, "utf8"))).data : undefined;
  if (done?.requirements === requirements && existsSync(program)) {
    const { versions } = await findPython(program, {});
    const { packages, bytes, fetched } = done;
    return { home, versions, packages, bytes, fetched, wasThere: true };
  }
  const base = await chooseBase(options.python, env);
  await refuseFullDisk(home, roomBytes);
  tell(
    `making ${home} with ${base.isUv ? "uv" : `Python ${base.version}`}: on Linux some gigabytes are fetched, for torch's CUDA`,
  );
  const words = { env, signal, home };
  if (!existsSync(program)) {
    // Only what a broken setup left is made anew: uv's --clear removes all that is in the folder.
    const clear = refuseForeignFolder(home) ? ["--clear"] : [];
    if (base.isUv) await runWords("uv", ["venv", "--quiet", ...clear, "--python", base.python, home], words);
    else await runWords(base.python, ["-I", "-m", "venv", home], words);
  }
  const install = ["--requirement", requirementsFile];
  const printed = base.isUv
    ? await runWords("uv", ["pip", "install", "--python", program, "--compile-bytecode", ...install], words)
    : await runWords(program, ["-I", "-m", "pip", "install", "--disable-pip-version-check", ...install], words);
  const { versions } = await findPython(program, {});
  const found = { ...(await measureFolder(home)), fetched: fetchedBytes(printed) };
  writeWhole(mark, `${JSON.stringify({ requirements, ...found }, null, 1)}\n`);
  return { home, versions, ...found, wasThere: false };
}

/** Whether there is an environment. @throws PreceptError usage where there is anything else. */
function refuseForeignFolder(home: string): boolean {
  if (!existsSync(home)) return false;
  const attempted = "Making a Python environment for training";
  let names: string[];
  try {
    names = readdirSync(home);
  } catch (error) {
    throw asFileError(error, attempted);
  }
  if (names.includes("pyvenv.cfg")) return true;
  if (names.length === 0) return false;
  throw new PreceptError("usage", {
    attempted,
    found: `${home} with ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`,
    expected: "a folder that is not there yet, an empty one, or an environment",
    remedy: "name another folder in PRECEPT_PYTHON_HOME",
  });
}

interface Base {
  readonly isUv: boolean;
  readonly python: string;
  readonly version: string;
}

async function chooseBase(named: string | undefined, env: NodeJS.ProcessEnv): Promise<Base> {
  const isUv = await canStart("uv", env);
  const names = named === undefined ? ["python3", "python"] : [named];
  const seen: string[] = [];
  for (const python of names) {
    const version = await askVersion(python).catch(() => undefined);
    if (version === undefined) continue;
    if (isNewEnough(version)) return { isUv, python, version };
    seen.push(`${python} is Python ${version}`);
  }
  // uv fetches a Python of its own.
  if (isUv && named === undefined) return { isUv, python: "3.12", version: "3.12" };
  throw new PreceptError("package-missing", {
    attempted: "Making a Python environment for training",
    found: seen.length > 0 ? seen.join(", ") : `no ${names.join(" or ")} that starts`,
    expected: "Python 3.10 or later",
    remedy: "install Python 3.10 or later, or uv, which brings one; or name one: precept python setup --python PATH",
  });
}

const canStart = (program: string, env: NodeJS.ProcessEnv): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn(program, ["--version"], { env, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });

async function refuseFullDisk(home: string, roomBytes: number): Promise<void> {
  const attempted = "Making a Python environment for training";
  let free: number;
  try {
    await mkdir(dirname(home), { recursive: true });
    const { bavail, bsize } = await statfs(dirname(home));
    free = bavail * bsize;
  } catch (error) {
    throw asFileError(error, attempted);
  }
  if (free >= roomBytes) return;
  throw new PreceptError("disk", {
    attempted,
    found: `${(free / 1e9).toFixed(1)} GB free for ${home}`,
    expected: `${(roomBytes / 1e9).toFixed(0)} GB`,
    remedy: "free some space, or name another folder in PRECEPT_PYTHON_HOME",
  });
}

/** Runs one command, its output on standard error, and gives what it printed. */
function runWords(
  program: string,
  words: readonly string[],
  { env, signal, home }: Pick<SetupOptions, "env" | "signal"> & { readonly home: string },
): Promise<string> {
  const attempted = "Making a Python environment for training";
  return new Promise((resolve, reject) => {
    let printed = "";
    let complaints = "";
    const child = spawn(program, [...words], { env, signal, stdio: ["ignore", "pipe", "pipe"] });
    const hear = (chunk: string): void => {
      process.stderr.write(chunk);
      printed += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      hear(chunk);
      complaints += chunk;
    });
    child.once("error", (cause) => {
      if (signal?.aborted === true) reject(new Interruption(attempted));
      else reject(new PreceptError("package-missing", { attempted, found: cause.message, cause }));
    });
    // "close": all that it printed was read.
    child.once("close", (code) => {
      if (code === 0) return resolve(printed);
      if (signal?.aborted === true) return reject(new Interruption(attempted));
      const lines = complaints.split("\n");
      const last = lines
        .findLast((line) => line.trim() !== "")
        ?.trim()
        .slice(0, 300);
      const lacksVenv = lines.some((line) => line.includes("ensurepip"));
      reject(
        new PreceptError("package-missing", {
          attempted,
          found: `${program} ${words[0]} … ended with exit code ${code}${last === undefined ? "" : `: ${last}`}`,
          expected: "the packages of python/requirements-train.txt",
          remedy: lacksVenv
            ? "install your system's package python3-venv, or uv"
            : `check the connection and give the same command again; to begin anew, delete ${home}`,
        }),
      );
    });
  });
}

/** Size of all files, and how many packages there are. */
async function measureFolder(home: string): Promise<{ readonly packages: number; readonly bytes: number }> {
  let bytes = 0;
  let packages = 0;
  for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.endsWith(".dist-info")) packages += 1;
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return { packages, bytes };
}
