import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { LoopbackHub, type LoopbackHubOptions } from "../../../test/support/loopback-hub.ts";
import { silentProgress } from "../../progress/index.ts";
import { hubPrompts } from "./hub-prompts.ts";
import { collectPrompts } from "./prompt-set.ts";

const rows = (name: string, n: number) => Array.from({ length: n }, (_, i) => ({ prompt: `${name} ${i}?` }));
const lines = (of: readonly object[]): string => of.map((row) => JSON.stringify(row)).join("\n");
const parquet = (of: readonly { readonly prompt: string }[]): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "prompt", data: of.map(({ prompt }) => prompt) }] }));

const files = {
  "README.md": "# rows",
  "dataset_infos.json": "{}",
  "requirements.txt": "datasets",
  "data/train-00000-of-00002.parquet": parquet(rows("first", 3)),
  "data/train-00001-of-00002.parquet": parquet(rows("second", 2)),
  "data/test-00000-of-00001.parquet": parquet(rows("held out", 4)),
  "more/lines.jsonl": lines(rows("line", 2)),
  "more/zipped.jsonl.gz": new Uint8Array(gzipSync(lines(rows("zipped", 2)))),
  "more/table.csv": 'id,prompt\n1,"How, exactly?"\n2,Why?\n',
  "more/lines.json": lines(rows("lines called json", 2)),
};

let cache: string;
beforeEach(() => {
  cache = folder();
  vi.stubEnv("HF_HUB_CACHE", cache);
  vi.stubEnv("HF_TOKEN", "");
  onTestFinished(() => void vi.unstubAllEnvs());
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "precept-hub-prompts-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function start(options: Partial<LoopbackHubOptions> = {}): Promise<LoopbackHub> {
  const hub = new LoopbackHub({ repository: "datasets/owner/rows", files, ...options });
  vi.stubEnv("HF_ENDPOINT", await hub.start());
  onTestFinished(() => hub.stop());
  return hub;
}

/** The prompts that a configuration with these files reads. */
async function read(redTeam: string | { readonly file: string; readonly split?: string; readonly limit?: number }) {
  const into = folder();
  await collectPrompts({ config: { constitution: "", prompts: { redTeam } }, folder: into }, into, {
    download: (name, split) => hubPrompts(name, { split }),
  });
  const items = readFileSync(join(into, "prompts.jsonl"), "utf8").trim().split("\n");
  return items.map((line): string => JSON.parse(line).messages[0].content);
}

const refusal = (body: Promise<unknown>): Promise<string> => body.then(() => "read", String);

describe("prompts from the hub", () => {
  test("are those of the training split, in Parquet, and nothing else is fetched", async () => {
    const hub = await start({ large: ["data/train-00001-of-00002.parquet"] });
    expect(await read("hf:owner/rows")).toEqual(["first 0?", "first 1?", "first 2?", "second 0?", "second 1?"]);
    const fetched = () => hub.requests.filter((request) => request.includes("/resolve/")).length;
    expect(fetched()).toBe(2);
    // A second time, and a part of it: from this machine.
    expect(await read({ file: "hf:owner/rows", limit: 2 })).toEqual(["first 0?", "first 1?"]);
    expect(fetched()).toBe(2);
    await hub.stop();
    expect(await read("hf:owner/rows@main")).toHaveLength(5);
  });

  test("are of another split, a folder, or a file: JSONL, gzipped, CSV, lines called .json", async () => {
    await start();
    expect(await read({ file: "hf:owner/rows", split: "test" })).toHaveLength(4);
    expect(await read("hf:owner/rows/more")).toHaveLength(8);
    expect(await read("hf:owner/rows/more/zipped.jsonl.gz@v1")).toEqual(["zipped 0?", "zipped 1?"]);
    expect(await read("hf:owner/rows/more/table.csv")).toEqual(["How, exactly?", "Why?"]);
    expect(await read("hf:owner/rows/more/lines.json")).toEqual(["lines called json 0?", "lines called json 1?"]);
  });

  test("go on where a connection was cut, and are refused when they are not what the hub lists", async () => {
    const long = { "train.jsonl": lines(rows("long", 20_000)) };
    const hub = await start({ files: long, cuts: [200_000, 0, 100_000] });
    expect(await read("hf:owner/rows")).toHaveLength(20_000);
    expect(hub.requests.filter((request) => /bytes=[1-9]\d+-$/.test(request))).toHaveLength(3);
    await hub.stop();
    rmSync(cache, { recursive: true });
    await start({ files: long, tampered: new Set(["train.jsonl"]) });
    expect(await refusal(read("hf:owner/rows"))).toMatch(/Checking what came from .*train\.jsonl: git /);
    expect(readdirSync(cache, { recursive: true }).filter((path) => String(path).includes("snapshots/"))).toEqual([]);
  });

  test("say what is missing: the data set, its revision, a split, a path, rows, the address", async () => {
    const hub = await start();
    const said = { absent: await refusal(read("hf:owner/absent")), path: await refusal(read("hf:owner/rows/nowhere")) };
    expect(said.absent).toContain("datasets/owner/absent");
    expect(said.absent).toContain("no such repository");
    expect(said.path).toContain("no file with rows at nowhere among README.md");
    expect(await refusal(read("hf:owner/rows@v9"))).toContain("revision v9");
    const split = await refusal(read({ file: "hf:owner/rows", split: "tset" }));
    expect(split).toContain("hf:owner/rows, split tset");
    expect(split).toContain('split: "train" or "test"');
    expect(await refusal(read("hf:rows"))).toContain("hf:OWNER/DATASET[/PATH][@REVISION]");
    await hub.stop();
    expect(await refusal(read("hf:owner/other"))).toMatch(/ECONNREFUSED[\s\S]*HF_ENDPOINT/);
    await start({ files: { "README.md": "# none", "image.png": "png" } });
    expect(await refusal(read("hf:owner/rows@v1"))).toContain("no file with rows among README.md, image.png");
  });

  test("are found when they were pushed after the branch was listed; a commit never gets more", async () => {
    const hub = await start();
    expect(await read("hf:owner/rows")).toHaveLength(5);
    expect(await read(`hf:owner/rows@${hub.commit}`)).toHaveLength(5);
    await hub.stop();
    const pushed = {
      ...files,
      "data/validation.jsonl": lines(rows("pushed", 2)),
      "new/rows.jsonl": lines(rows("new", 1)),
    };
    const later = await start({ files: pushed });
    const ofCommit = read({ file: `hf:owner/rows@${hub.commit}`, split: "validation" });
    expect(await refusal(ofCommit)).toContain("no file of that split");
    expect(later.requests).toEqual([]);
    expect(await read({ file: "hf:owner/rows", split: "validation" })).toEqual(["pushed 0?", "pushed 1?"]);
    expect(await read("hf:owner/rows/new")).toEqual(["new 0?"]);
  });

  test("tell what is fetched, once a file", async () => {
    await start();
    const messages: string[] = [];
    const progress = { ...silentProgress, message: (text: string) => void messages.push(text) };
    await hubPrompts("owner/rows", { progress });
    expect(messages).toEqual([
      expect.stringMatching(/^fetching hf:owner\/rows\/data\/train-00000-of-00002\.parquet \(\d+ kB in all\)$/),
      expect.stringContaining("train-00001"),
    ]);
  });
});
