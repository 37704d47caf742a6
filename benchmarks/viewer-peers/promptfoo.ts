import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Contestant } from "./contestant.ts";
import { findPort, startServer } from "./server-process.ts";

const run = promisify(execFile);
const version = "0.123.1";

/** promptfoo's viewer from npm, in a folder of its own, with all that it sends elsewhere turned off. */
export async function installPromptfoo(root: string): Promise<Contestant> {
  const folder = join(root, `promptfoo-${version}`);
  const program = join(folder, "node_modules", "promptfoo", "dist", "src", "entrypoint.js");
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    await run("npm", ["install", "--no-audit", "--no-fund", `promptfoo@${version}`], { cwd: folder });
  }
  const env = (place: string): Record<string, string> => ({
    PROMPTFOO_CONFIG_DIR: join(place, "home"),
    PROMPTFOO_DISABLE_TELEMETRY: "1",
    PROMPTFOO_DISABLE_UPDATE: "1",
    PROMPTFOO_DISABLE_REMOTE_GENERATION: "1",
    PROMPTFOO_DISABLE_SHARING: "1",
  });
  return {
    name: "promptfoo view",
    version,
    reads: "outputs (answers, critiques and revisions), not the variables (requests)",
    rows: ".results-table tbody tr",
    write: async (place, { file, items }) => {
      const config = join(place, "promptfoo.json");
      writeFileSync(join(place, "answers.mjs"), answers(file));
      const tests = items.map(({ id, principle, request }) => ({ vars: { request }, metadata: { id, principle } }));
      const provider = `file://${join(place, "answers.mjs")}`;
      writeFileSync(config, JSON.stringify({ prompts: ["{{request}}"], providers: [provider], tests }));
      const flags = ["--no-cache", "--no-table", "--no-progress-bar", "--no-share", "--max-concurrency", "8"];
      const options = { env: { ...process.env, ...env(place) }, maxBuffer: 2 ** 26, cwd: place };
      await run(process.execPath, [program, "eval", "--config", config, ...flags], options);
    },
    start: async (place) => {
      const port = await findPort();
      const argv = [program, "view", "--no", "--port", `${port}`];
      const opened = await startServer({ file: process.execPath, argv, env: env(place) }, port, "");
      return { ...opened, url: `http://localhost:${port}/eval/${await findEval(port)}` };
    },
    focusSearch: (page) => page.getByPlaceholder("Search...").click(),
    toQuery: (word) => word,
    tellFound: (found) => new RegExp(`of ${found} results`, "u"),
  };
}

/** A provider that knows the answer of every request. */
const answers = (file: string): string => `import { readFileSync } from "node:fs";
const items = readFileSync(${JSON.stringify(file)}, "utf8").trim().split("\\n").map((line) => JSON.parse(line));
const outputs = new Map(items.map((item) => [item.request, [item.response, item.critique, item.revision].join("\\n\\n")]));
export default class Answers {
  id() {
    return "items";
  }
  async callApi(prompt) {
    return { output: outputs.get(prompt) };
  }
}
`;

const evals = z.object({ data: z.tuple([z.object({ evalId: z.string() })]) });

/** The one evaluation that its data base has. */
async function findEval(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/results`);
  return evals.parse(await response.json()).data[0].evalId;
}
