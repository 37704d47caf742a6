import { execFileSync, spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { precept, temporaryFolder } from "./cli.ts";

const program = new URL("../bin/precept.js", import.meta.url).pathname;

/** What a shell proposes once it has read the script: `drive` presses Tab in it, in the shell's own words. */
async function complete(shell: string, drive: (script: string) => string): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(program, join(folder, "precept"));
  symlinkSync(process.execPath, join(folder, "node"));
  const script = join(folder, "completion");
  writeFileSync(script, (await precept(["completion", shell])).stdout);
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, HOME: folder, TERM: "dumb" };
  return execFileSync(shell, ["-c", drive(script)], { cwd: folder, encoding: "utf8", env });
}

const hasShell = (name: string): boolean => spawnSync(name, ["-c", "exit"]).status === 0;

test.skipIf(!hasShell("bash"))("bash completes commands, flags and values, and leaves files to itself", async () => {
  const press = (...words: string[]) =>
    `COMP_WORDS=(precept ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _precept; echo "\${COMPREPLY[*]}"`;
  const out = await complete("bash", (script) =>
    [
      `source ${script}`,
      press("eval"),
      press("demo", "--presett".slice(0, 6)),
      press("demo", "--preset", "s"),
      press("train", "s"),
      press("report", "run"),
      "complete -p precept",
    ].join("\n"),
  );
  expect(out.split("\n").slice(0, 6)).toEqual([
    "evaluate",
    "--preset",
    "smoke",
    "sft",
    "",
    "complete -o default -F _precept precept",
  ]);
});

test.skipIf(!hasShell("fish"))("fish completes commands, flags and values", async () => {
  const out = await complete("fish", (script) =>
    [`source ${script}`, "complete -C 'precept eval'", "complete -C 'precept demo --preset s'"].join("; "),
  );
  expect(out.trim().split("\n")).toEqual(["evaluate", "smoke"]);
});

test.skipIf(!hasShell("zsh"))("zsh reads the script, and proposes through it", async () => {
  const fake = "compadd() { shift; print -l -- $@ }; _files() { print files }; compdef() { : }";
  const press = (...words: string[]) =>
    `words=(precept ${words.map((word) => `'${word}'`).join(" ")}); CURRENT=$#words; _precept`;
  const out = await complete("zsh", (script) =>
    [fake, `source ${script}`, press("eval"), press("demo", "--preset", "s"), press("report", "run")].join("\n"),
  );
  expect(out.trim().split("\n")).toEqual(["evaluate", "smoke", "files"]);
});
