import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../../test/support/model-server/server.ts";
import { defaultSettings, faultKinds, type ServerSettings } from "../../test/support/model-server/settings.ts";
import { errorToJson, formatError } from "../cli/failure.ts";
import { openModel } from "./open.ts";
import type { ModelEvent } from "./options.ts";
import { keepSecret, redact } from "./redact.ts";

const KEY = "planted-3f9c1e77-key";
let server: ModelServer;
const folder = mkdtempSync(join(tmpdir(), "precept-secrets-"));

beforeAll(async () => {
  server = await startModelServer({ key: KEY });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that a person, a log or a record could get to see of a value, however deep. */
function everything(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  return Object.getOwnPropertyNames(value)
    .map((name) => `${name} ${everything((value as Readonly<Record<string, unknown>>)[name], seen)}`)
    .join("\n");
}

const filesIn = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

it("is taken out in the form that it has within an address, too", () => {
  const secret = "word/with+signs=and&more";
  keepSecret(secret);
  expect(redact(`GET /v1?key=${encodeURIComponent(secret)} failed for ${secret}`)).toBe(
    "GET /v1?key=[key] failed for [key]",
  );
});

describe("a key", () => {
  const faults = faultKinds.map((kind): [string, Partial<ServerSettings>] => [kind, { faultShare: 1, faults: [kind] }]);

  it.each([
    ["a wrong key, repeated by the server", { key: `${KEY}-other` }],
    ["an unknown model", { model: "something else" }],
    ...faults,
  ] as [string, Partial<ServerSettings>][])("never shows: %s", async (name, settings) => {
    server.configure({ ...defaultSettings, key: KEY, slowMs: 5, ...settings });
    const events: ModelEvent[] = [];
    const shown: string[] = [];
    const throughput = { maxAttempts: 2, timeoutMs: 2000, maxWaitMs: 600 };
    const cache = join(folder, name.replaceAll(/\W/g, "-"));
    const onEvent = (event: ModelEvent): void => void events.push(event);
    const env = { OPENAI_API_KEY: KEY, VLLM_API_KEY: KEY };
    for (const model of [`vllm:toy@${server.url}`, `openai:toy@${server.url}`]) {
      for (const probe of ["always", "never"] as const) {
        try {
          const opened = await openModel(model, { env, cache, throughput, onEvent, probe });
          const request = { id: "a", prompt: [{ role: "user", content: "hello" }], seed: 1 } as const;
          for await (const answer of opened.generate([request], { maxTokens: 5 })) shown.push(everything(answer));
          for await (const answer of opened.choose([{ ...request, options: ["A", "B"] }]))
            shown.push(everything(answer));
          await opened.dispose?.();
        } catch (error) {
          const json = JSON.stringify(errorToJson(error));
          shown.push(everything(error), formatError(error, { PRECEPT_DEBUG: "1" }), json, String(error));
        }
      }
    }
    expect(shown.length).toBeGreaterThan(0);
    expect([...shown, everything(events), filesIn(folder)].join("\n")).not.toContain(KEY);
  });

  it("is asked for by the name of its variable", async () => {
    for (const [model, variable] of [
      ["anthropic:claude-x", "ANTHROPIC_API_KEY"],
      ["openai:gpt-x", "OPENAI_API_KEY"],
      ["google:gemini-x", "GOOGLE_GENERATIVE_AI_API_KEY"],
      ["mistral:m", "MISTRAL_API_KEY"],
      ["groq:g", "GROQ_API_KEY"],
    ] as const) {
      const opening = openModel(model, { env: {}, cache: false });
      await expect(opening).rejects.toMatchObject({ code: "key-missing", message: expect.stringContaining(variable) });
    }
    server.configure({ ...defaultSettings, key: `${KEY}-other` });
    const opening = openModel(`openai:toy@${server.url}`, { env: { OPENAI_API_KEY: KEY }, cache: false });
    await expect(opening).rejects.toMatchObject({
      code: "key-rejected",
      message: expect.stringMatching(/HTTP 401: Incorrect API key provided: \[key\][\s\S]*OPENAI_API_KEY/),
    });
  });

  it("is known by its form when it is nobody's", () => {
    expect(redact("sent Authorization: Bearer abc.DEF-123456")).toBe("sent Authorization: Bearer [key]");
    expect(redact("sk-proj-abcdefghijklmnop is wrong")).toBe("[key] is wrong");
    expect(redact("a sketch of a task")).toBe("a sketch of a task");
  });
});
