import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setUpPython } from "../../src/training/engines/index.ts";

/** Harbor's words, so that the model that comes with Precept can be trained. */
const rows = ["what is soup ?", "what is bread ?", "how do i make soup ?", "how do i make bread ?"];

/** `precept python setup` with nothing kept from before, in its own folder, and a job that is trained by what it made. */
export async function measureSetup({ scratch }: { readonly scratch: string }): Promise<string> {
  const home = join(scratch, "home");
  const env = { ...process.env, XDG_CACHE_HOME: join(scratch, "cache"), PIP_FIND_LINKS: "" };
  const made = await setUpPython({ home, env, tell: (text) => process.stderr.write(`${text}\n`) });
  const folder = join(scratch, "job");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const data = join(folder, "rows.jsonl");
  const row = (text: string): string =>
    JSON.stringify({ prompt: `<user> ${text} <asst>`, completion: "you can eat it ." });
  writeFileSync(data, rows.map(row).join("\n"));
  const model = new URL("../../models/harbor/checkpoint", import.meta.url).pathname;
  const precept = new URL("../../bin/precept.js", import.meta.url).pathname;
  const words = ["train", "sft", "--model", model, "--data", data, "--engine", "python", "--epochs", "2"];
  const said = execFileSync(process.execPath, [precept, ...words, "--out", join(folder, "out"), "--json"], {
    env: { ...env, PRECEPT_PYTHON: "", PRECEPT_PYTHON_HOME: home },
    encoding: "utf8",
  });
  const trained: unknown = JSON.parse(said);
  const steps = typeof trained === "object" && trained !== null && "steps" in trained ? trained.steps : 0;
  const gigabytes = (bytes = 0): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const { python, torch, trl } = made.versions;
  return [
    `\`precept python setup\` on ${process.platform} (${process.arch}) with Python ${python}, from the public index, with nothing kept from before:`,
    "",
    "| packages | fetched | on the disk | torch | TRL | a job of harbor's model after it |",
    "| --- | --- | --- | --- | --- | --- |",
    `| ${made.packages} | ${gigabytes(made.fetched)} | ${gigabytes(made.bytes)} | ${torch} | ${trl} | ${String(steps)} steps |`,
  ].join("\n");
}
