import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bbq } from "../benchmarks/bbq.ts";
import { gsm8k } from "../benchmarks/gsm8k.ts";
import { harmbench } from "../benchmarks/harmbench.ts";
import { persona } from "../benchmarks/model-written.ts";
import { pap } from "../benchmarks/pap.ts";
import { prepareBenchmarks } from "../benchmarks/prepare.ts";
import { strongreject } from "../benchmarks/strongreject.ts";
import { xstest } from "../benchmarks/xstest.ts";
import { findFiles, identify } from "./files.ts";
import { findData } from "./find-data.ts";

import { summariseStored } from "./stored.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-rows-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe("a benchmark file", () => {
  it("without a column is refused with file, line and column", async () => {
    const path = await file("missing.csv", "id,type\n1,homonyms\n");
    await expect(Array.fromAsync(xstest.load([[path]]))).rejects.toMatchObject({
      code: "input-invalid",
      details: { attempted: `Reading ${path}:2`, found: "no column prompt; there are id, type" },
    });
  });

  it("with a cell that does not fit is refused with its line, also after a cell of several lines", async () => {
    const path = await file("cell.csv", 'id,prompt,type,label\n1,"two\nlines",homonyms,safe\n2,p,homonyms,perhaps\n');
    await expect(Array.fromAsync(xstest.load([[path]]))).rejects.toMatchObject({
      details: { attempted: `Reading ${path}:4`, found: expect.stringContaining("in column label") },
    });
  });

  it("that is no JSON on a line is refused with that line, compressed or not", async () => {
    const path = await file("broken.jsonl.gz", gzipSync('{"question": "1+1?", "answer": "#### 2"}\n{"question"\n'));
    await expect(Array.fromAsync(gsm8k.load([[path]]))).rejects.toMatchObject({
      details: { attempted: `Reading ${path}:2` },
    });
  });

  it("whose answer has no number is refused by name", async () => {
    const path = await file("target.jsonl", '{"question": "1+1?", "answer": "two"}\n');
    await expect(Array.fromAsync(gsm8k.load([[path]]))).rejects.toMatchObject({
      details: { attempted: `Reading ${path}:1`, found: "in column answer: no number after ####" },
    });
  });

  it("may name a column otherwise", async () => {
    const path = await file("renamed.csv", "category,prompt\nc,how?\n");
    const [task] = await Array.fromAsync(strongreject.load([[path]]));
    expect(task?.questions({ canScore: false })).toMatchObject([{ messages: [{ content: "how?" }] }]);
  });

  it("keeps what belongs to another measure out", async () => {
    const head = "Behavior,FunctionalCategory,SemanticCategory,Tags,ContextString,BehaviorID\n";
    const path = await file(
      "behaviours.csv",
      `${head}a song,copyright,copyright,hash_check,,x\ndo it,contextual,illegal,,Some context,y\n`,
    );
    const left: string[] = [];
    const tasks = await Array.fromAsync(harmbench.load([[path]], (reason) => left.push(reason)));
    expect(left).toEqual([expect.stringContaining("copyright")]);
    expect(tasks.map(({ id }) => id)).toEqual(["y"]);
    expect(tasks[0]?.questions({ canScore: false })).toMatchObject([
      { messages: [{ content: "Some context\n\n---\n\ndo it" }] },
    ]);
  });
});

describe("finding files", () => {
  it("says how to get what is missing", () => {
    expect(() => findFiles(bbq, [folder])).toThrowError(
      expect.objectContaining({ code: "usage", details: expect.objectContaining({ remedy: bbq.get }) }),
    );
    expect(() => findFiles(bbq, [])).toThrowError(/no --data/);
    expect(() => findFiles(bbq, [join(folder, "nowhere")])).toThrowError(/nothing at/);
  });

  it("takes a file of any name whose columns fit, and says which column another lacks", async () => {
    const own = await file("mine.csv", "question,answer,note\nHow many?,So many. #### 7,x\n");
    const other = await file("other.csv", "text\na\n");
    expect(await findData(gsm8k, [other, own])).toEqual([[own]]);
    await expect(findData(gsm8k, [other])).rejects.toThrow(/other\.csv.*no column question; there are text/);
    await expect(findData(gsm8k, [other, other])).rejects.toThrow(/nothing of it/);
    const test = await file("test.jsonl", '{"question":"a","answer":"#### 1"}\n');
    expect(await findData(gsm8k, [own, test])).toEqual([[test]]);
    const trait = '{"question":"a","answer_matching_behavior":" (A)","answer_not_matching_behavior":" (B)"}';
    const sets = await file("my-set.data.jsonl", trait);
    expect(await findData(persona, [sets])).toEqual([[sets]]);
    await expect(findData(pap, [own])).rejects.toThrow(/nothing of it/);
  });

  it("counts rows that are no items, and items that stored answers lack; refuses an item that stands twice", async () => {
    const head = "Behavior,FunctionalCategory,SemanticCategory,BehaviorID\n";
    const behaviours = await file("b.csv", `${head}a,copyright,c,x\nb,copyright,c,y\nc,standard,c,z\n`);
    const [ready] = await prepareBenchmarks(["harmbench"], { data: [behaviours], hasJudge: true, hasAttacker: false });
    expect(ready).toMatchObject({ available: 1, dropped: { "copyright, which no judge can tell": 2 } });
    const sums = ["a,#### 1", "b,#### 2", "c,#### 3"].join("\n");
    const numbers = await file("sums.csv", `question,answer\n${sums}\n`);
    const answers = await file("answers.jsonl", '{"id":"1","response":"#### 1"}\n{"id":2,"response":"#### 1"}\n');
    const needs = { hasJudge: false, hasAttacker: false };
    const [job] = await prepareBenchmarks(["gsm8k"], { data: [numbers], ...needs });
    if (job === undefined) throw new RangeError("nothing prepared");
    const summary = await summariseStored(job, answers);
    expect(summary.missing).toEqual({ "not among the stored answers": 1 });
    expect(summary.metrics["strict"]).toMatchObject({ estimate: 0.5, n: 2 });
    const again = await file("again.csv", `question,answer\n${sums}\n`);
    await expect(prepareBenchmarks(["gsm8k"], { data: [numbers, again], ...needs })).rejects.toThrow(/id 00001 twice/);
  });

  it("warns of bytes that no known version has, and names the version that it knows", async () => {
    const plain = await file("known.csv", "a\n1\n");
    const zipped = await file("known2.csv.gz", gzipSync("a\n1\n"));
    const [own] = await identify({ files: [{ names: ["known.csv"], required: true }] }, [[plain]]);
    const versions = [{ sha256: own?.sha256 ?? "", name: "commit 1" }];
    const known = { names: ["known.csv"], versions, required: true };
    expect(await identify({ files: [known, known] }, [[plain], [zipped]])).toMatchObject([
      { version: "commit 1" },
      { version: "commit 1" },
    ]);
    const changed = await file("changed.csv", "a\n2\n");
    const [odd] = await identify({ files: [known] }, [[changed]]);
    expect(odd?.warning).toMatch(/is not a version that is known \(commit 1\)/);
    expect(odd?.version).toBeUndefined();
    const half = { ...known, versions: versions.map((one) => ({ ...one, isPart: true })) };
    const [whole] = await identify({ files: [half] }, [[changed]]);
    expect(whole?.warning).toMatch(/which version this is cannot be said/);
  });
});
