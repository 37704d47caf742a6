import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { writeChatModel } from "../../test/support/chat-model.ts";
import { preceptHere } from "./in-process.test-support.ts";

const folder = (): string => {
  const docs = join(temporaryFolder(), "docs");
  mkdirSync(docs);
  writeFileSync(join(docs, "returns.md"), "# Returns\n\nYou may return it within thirty days of the purchase.\n");
  return docs;
};

test("precept ask shows passages without a model, and refuses an empty question before anything is read", async () => {
  const docs = folder();
  const { code, stdout } = await preceptHere(["ask", "When may I return it?", "--docs", docs]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("within thirty days")]);
  const empty = await preceptHere(["ask", " ", "--docs", docs]);
  expect(empty.code).not.toBe(0);
  expect(empty.stderr).toContain("an empty question");
});

test("precept cite check ends with 3 where a quotation stands in no document", async () => {
  const docs = folder();
  const check = async (quote: string): Promise<number | null> => {
    const answer = join(temporaryFolder(), "answer.md");
    writeFileSync(answer, `<sources>\n[1] returns.md: "${quote}"\n</sources>\n<answer>\nSoon [1].\n</answer>\n`);
    return (await preceptHere(["cite", "check", answer, "--docs", docs])).code;
  };
  const parts = {
    type: "text",
    text: "Soon.",
    citations: [{ cited_text: "within ninety days", document_title: "returns" }],
  };
  const answer = join(temporaryFolder(), "answer.json");
  writeFileSync(answer, JSON.stringify({ content: [parts] }));
  const { code, stdout } = await preceptHere(["cite", "check", answer, "--docs", docs]);
  expect([code, stdout]).toEqual([3, expect.stringContaining("sources 1: 1 absent")]);
  expect(await check("return it within thirty days of the purchase")).toBe(0);
  expect(await check("return it within ninety days of the purchase")).toBe(3);
});

test("precept cite check --judge prints no figure of a judge that does not agree with what is known", async () => {
  const docs = folder();
  const model = join(temporaryFolder(), "model");
  await writeChatModel(model);
  const answer = join(temporaryFolder(), "answer.md");
  const certificates = join(temporaryFolder(), "certificates");
  writeFileSync(answer, 'Soon [1].\n\n[1] returns.md: "return it within thirty days of the purchase"\n');
  const judge = ["--judge", `local:${model}`];
  const check = () => preceptHere(["cite", "check", answer, "--docs", docs, ...judge, "--certificates", certificates]);
  const before = await check();
  expect([before.code, before.stdout]).toEqual([0, expect.stringContaining("no figures without a certificate")]);
  expect(before.stdout).toContain("no certificate");
  const made = await preceptHere(["calibrate", "--rubric", "entailment", ...judge, "-n", "20", "--out", certificates]);
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/kappa[\s\S]*control, true sentences/)]);
  const behind = await check();
  expect(behind.stdout).toMatch(/no figures without a certificate[\s\S]*what is known on .* of 20/);
});
