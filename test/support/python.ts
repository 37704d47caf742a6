import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(`../../python/${path}`, import.meta.url));

/** A Python with torch and transformers: PRECEPT_PYTHON, else python/.venv, which `.ci/run` makes; undefined without one. */
export function findPython(): string | undefined {
  const python = process.env["PRECEPT_PYTHON"] ?? here(".venv/bin/python");
  if (!existsSync(python)) return undefined;
  try {
    execFileSync(python, ["-c", "import torch, transformers, tokenizers"], { stdio: "ignore", timeout: 300_000 });
    return python;
  } catch {
    return undefined;
  }
}

export const NO_PYTHON =
  "no Python with torch and transformers: make one by `python3 -m venv python/.venv && python/.venv/bin/pip install -r " +
  "python/requirements.txt`, or name one in PRECEPT_PYTHON";

/** Runs a script of python/ and returns what it prints, one JSON object. */
export function runPython(python: string, script: string, ...rest: readonly string[]): unknown {
  const output = execFileSync(python, [here(script), ...rest], {
    encoding: "utf8",
    env: { ...process.env, HF_HUB_OFFLINE: "1", TOKENIZERS_PARALLELISM: "false", PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 600_000,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "");
}

/** A Python that trains: as `findPython`, with what python/requirements-train.txt pins. */
export function findTrl(): string | undefined {
  const python = findPython();
  if (python === undefined) return undefined;
  try {
    execFileSync(
      python,
      ["-c", "import importlib.metadata as m; [m.version(p) for p in ('trl', 'peft', 'datasets')]"],
      {
        stdio: "ignore",
        timeout: 60_000,
      },
    );
    return python;
  } catch {
    return undefined;
  }
}

export const NO_TRL =
  "no Python with TRL: make one by `precept python setup`, or python/.venv from python/requirements.txt, or name one in " +
  "PRECEPT_PYTHON";
