import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { packageRoot, tryJson } from "../../storage/index.ts";
import { CONTRACT } from "./job-folder.ts";

/** The package that runs a job, and what it needs. */
export const pythonFolder = join(packageRoot, "python");
export const requirementsFile = join(pythonFolder, "requirements-train.txt");

/** What it must have; torch's own packages come with torch. */
const packages = ["torch", "transformers", "trl", "peft", "accelerate", "datasets"];

/** Where `precept python setup` makes the environment: PRECEPT_PYTHON_HOME, else beside the cache of answers. */
export function pythonHome(env: NodeJS.ProcessEnv = process.env): string {
  const { PRECEPT_PYTHON_HOME: own, XDG_CACHE_HOME: base } = env;
  if (own !== undefined && own !== "") return own;
  const cache = base !== undefined && base !== "" ? base : join(homedir(), ".cache");
  return join(cache, "precept", `python-${CONTRACT}`);
}

/** The program of an environment. */
export const programOf = (home: string): string =>
  process.platform === "win32" ? join(home, "Scripts", "python.exe") : join(home, "bin", "python");

/**
 * A program's place, as it is named here. Python runs in its own folder: `-m` looks for modules in the current one first, and what
 * lies beside somebody's configuration must not run as ours.
 */
export const placeOfProgram = (program: string): string => (/[/\\]/u.test(program) ? resolve(program) : program);

export interface PythonProgram {
  readonly path: string;
  /** Of Python and the packages, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

const setup = "npx precept python setup, or name a Python that has them in PRECEPT_PYTHON";
const attempted = "Looking for a Python with TRL";

/**
 * The Python that trains: the one that is named, PRECEPT_PYTHON, or the environment of `precept python setup`.
 * @throws PreceptError package-missing where there is none, it is too old, or it lacks a package or has another TRL.
 */
export async function findPython(
  named: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PythonProgram> {
  const path = [named, env["PRECEPT_PYTHON"], programOf(pythonHome(env))].find(
    (one) => one !== undefined && one !== "",
  );
  if (path === undefined || (!existsSync(path) && path.includes("/"))) {
    throw new PreceptError("package-missing", {
      attempted,
      found: `no Python at ${path ?? "any place"}`,
      expected: "Python 3.10 or later with TRL",
      remedy: setup,
    });
  }
  const versions = await askVersions(path);
  const missing = packages.filter((name) => versions[name] === undefined);
  if (missing.length > 0) {
    throw new PreceptError("package-missing", {
      attempted,
      found: `${path} without ${missing.join(", ")}`,
      expected: "what python/requirements-train.txt pins",
      remedy: setup,
    });
  }
  // The trainers are subclasses: another TRL may call them otherwise, and learn something else.
  if (!/^1\.16\./.test(versions["trl"] ?? "")) {
    throw new PreceptError("package-missing", {
      attempted,
      found: `TRL ${versions["trl"]} in ${path}`,
      expected: "TRL 1.16",
      remedy: setup,
    });
  }
  return { path, versions };
}

const run = promisify(execFile);

/** "3.11.7" of a program. @throws PreceptError package-missing where it does not start. */
export const askVersion = (path: string): Promise<string> =>
  ask(path, ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]);

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 3 && minor >= 10;
}

async function askVersions(path: string): Promise<Record<string, string>> {
  const version = await askVersion(path);
  if (!isNewEnough(version)) {
    throw new PreceptError("package-missing", {
      attempted,
      found: `Python ${version || "of an unknown version"} at ${path}`,
      expected: "Python 3.10 or later",
      remedy: setup,
    });
  }
  const parsed = z
    .record(z.string(), z.string())
    .safeParse(tryJson(await ask(path, ["-m", "precept_job", "--versions"])));
  return parsed.success ? parsed.data : { python: version };
}

async function ask(path: string, words: readonly string[]): Promise<string> {
  try {
    const options = { env: pythonEnvironment(), cwd: pythonFolder, timeout: 120_000 };
    return (await run(placeOfProgram(path), [...words], options)).stdout.trim();
  } catch (cause) {
    // The last line of a traceback is the reason; the first of the message is the command.
    const words =
      cause instanceof Error ? cause.message.trim().split("\n").at(-1)?.trim().slice(0, 300) : String(cause);
    throw new PreceptError("package-missing", {
      attempted,
      found: `${path}, which did not start: ${words}`,
      expected: "Python 3.10 or later with TRL",
      remedy: setup,
      cause,
    });
  }
}

/** What a process of Python may see of this one's environment: where programs, libraries, devices and temporary files are. */
const passed =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|USERPROFILE|LOCALAPPDATA|APPDATA|PROGRAMDATA|VIRTUAL_ENV|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|XDG_.*|PYENV_.*|(CUDA|NVIDIA|NCCL|HIP|ROCR|ROCM|OMP|MKL|OPENBLAS|PYTORCH|TORCH|TRITON)_.*)$/i;

/** … and that nothing is fetched or told to anybody. @param keys variables that are let through on purpose. */
export function pythonEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  keys: readonly string[] = [],
): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => passed.test(name) || keys.includes(name))),
    PYTHONPATH: pythonFolder,
    PYTHONSAFEPATH: "1",
    PYTHONNOUSERSITE: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONHASHSEED: "0",
    PYTHONUNBUFFERED: "1",
    HF_HUB_OFFLINE: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    TOKENIZERS_PARALLELISM: "false",
    // Equal sums on a GPU, too, as far as its libraries have them.
    CUBLAS_WORKSPACE_CONFIG: ":4096:8",
  };
}
