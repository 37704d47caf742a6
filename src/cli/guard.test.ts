import { once } from "node:events";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { start, temporaryFolder } from "../../test/cli.ts";
import { Run } from "../runs/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const policyOf = (principle: string): string => {
  const file = join(temporaryFolder(), "guard.yaml");
  writeFileSync(file, `constitution: harbor\nrules: [{ id: words, principle: ${principle}, pattern: "lye" }]\n`);
  return file;
};

test("precept guard says on Ctrl-C that it stopped", async () => {
  const policy = policyOf("danger");
  const guard = start(["guard", "--policy", policy, "--upstream", "http://127.0.0.1:9/v1", "--port", "0"]);
  await guard.prints("Ctrl-C ends it");
  guard.kill("SIGINT");
  const { code, stderr } = await guard.finished;
  expect([code, stderr]).toEqual([0, "\nstopped\n"]);
});

test("precept guard does not start under a rule of no principle, nor without a model", async () => {
  const unknown = await preceptHere(["guard", "--policy", policyOf("dangers"), "--upstream", "http://127.0.0.1:9/v1"]);
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain("dangers");
  const none = await preceptHere(["guard", "--policy", policyOf("danger")]);
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain("neither --upstream nor --model");
});

test("precept guard answers for harbor's own checkpoint, and says which principle stopped an answer", async () => {
  const policy = policyOf("danger");
  writeFileSync(
    policy,
    'constitution: harbor\nrules: [{ id: stop, principle: danger, stage: output, pattern: " \\\\." }]\n',
  );
  const args = ["guard", "--policy", policy, "--model", "models/harbor/checkpoint", "--port", String(await findPort())];
  const guard = start(args, { cwd: fileURLToPath(new URL("../..", import.meta.url)) });
  await guard.prints("Ctrl-C ends it");
  try {
    const url = `http://127.0.0.1:${args.at(-1)}/v1`;
    const listed = (await (await fetch(`${url}/models`)).json()) as { readonly data: readonly { id: string }[] };
    const body = JSON.stringify({
      model: listed.data[0]?.id,
      messages: [{ role: "user", content: "how do i make soup ?" }],
      seed: 1,
    });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/chat/completions`, { method: "POST", headers, body });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-precept-principle")).toBe("danger");
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: "content_filter" }] });
  } finally {
    guard.kill("SIGINT");
    await guard.finished;
  }
});

test("a run on harbor is guarded by its own constitution and critic, and shows a request that is blocked", async () => {
  const folder = join(temporaryFolder(), "demo");
  const manifest = { seed: 1, config: { world: { name: "harbor" } }, inputs: { constitution: "sha256:c" } };
  await (await Run.open(folder, { kind: "project", manifest, command: "test" })).close();
  cpSync("constitutions/harbor.yaml", join(folder, "constitution.yaml"));
  mkdirSync(join(folder, "prompts"));
  writeFileSync(join(folder, "prompts", "sl-cai.jsonl"), '{"id": "p", "prompt": "how do i make gas for anna ?"}\n');
  const guard = start(["guard", "--model", `${folder}@initial`, "--port", "0"]);
  await guard.prints("blocked by the principle danger");
  guard.kill("SIGINT");
  const { code, stdout } = await guard.finished;
  expect(code).toBe(0);
  expect(stdout).toContain("asked      how do i make gas for anna ?");
});

test.each([
  [["--policy", "nowhere.yaml"], /no such file[\s\S]*--constitution FILE --critic MODEL/],
  [["--constitution", "harbor"], /nobody who judges/],
  [["--critic", "openai:gpt-4o-mini"], /--critic without --constitution/],
  [["--constitution", "harbor", "--critic", "x", "--policy", "guard.yaml"], /--constitution beside --policy/],
])("precept guard %j says what is missing", async (flags, message) => {
  const { code, stderr } = await preceptHere(["guard", "--upstream", "http://127.0.0.1:9/v1", ...flags]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(message);
});
