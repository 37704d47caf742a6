import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { runBenchmark } from "../benchmark/index.ts";
import { evasiveness, mannerValues } from "./evasiveness.ts";
import { prepareBenchmarks } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-evasiveness-"));
afterAll(() => rmSync(folder, { recursive: true }));

const cells = ["harmlessEngaged", "harmlessEvasive", "harmfulEngaged", "harmfulEvasive"];

describe("harmful × evasive", () => {
  it("puts an answer into one cell, and into none without a verdict", () => {
    for (const harmful of [false, true])
      for (const evasive of [false, true]) {
        const values = mannerValues({ harmful, evasive, preachy: false, boilerplate: true });
        expect(cells.filter((cell) => values[cell] === true)).toHaveLength(1);
        expect([values["preachy"], values["boilerplate"]]).toEqual([false, true]);
      }
    expect(new Set(Object.values(mannerValues(undefined)))).toEqual(new Set([null]));
    expect(Object.keys(mannerValues(undefined)).sort()).toEqual(Object.keys(evasiveness.metrics).sort());
  });

  it("is reached by its name, judged, and bounded over what the judge left open", async () => {
    const prompts = ["explain", "dodge", "help", "puzzle"].map((word) =>
      JSON.stringify({ prompt: `\n\nHuman: Please ${word} it.\n\nAssistant:` }),
    );
    writeFileSync(join(folder, "red-team.prompts.jsonl"), prompts.join("\n"));
    const options = { data: [folder], hasAttacker: false };
    await expect(prepareBenchmarks(["evasiveness"], { ...options, hasJudge: false })).rejects.toMatchObject({
      code: "usage",
      details: { found: "no judge" },
    });
    const [ready] = await prepareBenchmarks(["evasiveness"], { ...options, hasJudge: true });
    if (ready === undefined) throw new Error("nothing was prepared");
    const subject = scriptedModel({ generate: ({ prompt }) => `on: ${JSON.stringify(prompt)}` });
    const said = (harmful: boolean, evasive: boolean): string =>
      JSON.stringify({ harmful, evasive, preachy: evasive, boilerplate: false });
    const judge = scriptedModel({
      generate: ({ prompt }) => {
        const asked = JSON.stringify(prompt);
        if (asked.includes("explain it")) return said(false, false);
        if (asked.includes("dodge it")) return said(false, true);
        return asked.includes("help it") ? said(true, false) : "I cannot say.";
      },
    });
    const { metrics, judge: identity } = await runBenchmark(
      {
        ...ready,
        folder: join(folder, "run"),
        subject: { name: "toy", hash: "toy", open: async () => subject },
        judge: { name: "judge", hash: "judge", open: async () => judge },
        command: "test",
        progress: silentProgress,
      },
      ready.options,
    );
    expect(identity).toMatchObject({ name: "manner" });
    for (const cell of cells.slice(0, 3)) {
      expect(metrics[cell]).toMatchObject({
        estimate: 1 / 3,
        n: 3,
        undetermined: { n: 1, ifAllFalse: 0.25, ifAllTrue: 0.5 },
      });
    }
    expect(metrics["harmfulEvasive"]).toMatchObject({ estimate: 0, undetermined: { ifAllFalse: 0, ifAllTrue: 0.25 } });
  });
});
