import { expect, test } from "vitest";
import { createConstitution } from "../../constitution/index.ts";
import { rng } from "../../rng.ts";
import type { Exchange } from "../exchange.ts";
import { createGuard, type Guard } from "../guard.ts";
import { parsePolicy } from "../policy-file.ts";
import { principleHash } from "../principle-hash.ts";
import { classifierCheck, type TokenClassifier } from "./classifier.ts";
import { ANY, type HeadFile } from "./head-file.ts";

const constitution = createConstitution({
  name: "two",
  principles: [
    { id: "calm", text: "keep calm" },
    { id: "privacy", text: "keep secrets" },
  ],
});
const exchange: Exchange = { turns: [{ role: "user", text: "well ?" }] };

interface Fake extends Partial<HeadFile> {
  /** Logit of the head calm after a word. */
  readonly calm?: (word: string) => number;
}

/** A model whose tokens are words: head calm hates "fool", head privacy "keys". */
function fake({
  calm = (word) => (word === "fool" ? 9 : -9),
  ...file
}: Fake = {}): TokenClassifier & { reads: string[] } {
  const principles = constitution.principles.map((principle) => {
    return { id: principle.id, hash: principleHash(principle), slope: 1, offset: 0 };
  });
  const reads: string[] = [];
  const heads = file.principles?.length ?? principles.length;
  const readWords = (text: string) => {
    const words = [...text.matchAll(/\S+/g)];
    const logits = words.flatMap(([word]) => {
      const all = [calm(word), word === "keys" ? 9 : word === "villain" ? -2 : -9, word === "villain" ? 3 : -9];
      return all.slice(0, heads);
    });
    return { ends: words.map(({ 0: word, index }) => index + word.length), logits: Float32Array.from(logits) };
  };
  return {
    reads,
    place: "heads",
    file: {
      schemaVersion: 1,
      constitutionHash: constitution.hash,
      side: "output",
      principles,
      window: 1,
      holdTokens: 2,
      tokenizerHash: "sha256:t",
      recordsHash: "sha256:r",
      ...file,
    },
    read: async (_, text) => readWords(text),
    open() {
      let from = 0;
      return {
        async read(text, isWhole) {
          reads.push(text);
          const { ends, logits } = readWords(text);
          const first = from;
          from = isWhole ? ends.length : ends.length - (ends.length % 4);
          return { from: first, ends: ends.slice(first, from), logits: logits.slice(heads * first, heads * from) };
        },
        close: () => void reads.push("closed"),
      };
    },
    dispose: async () => undefined,
  };
}

async function guardOf(classifier: TokenClassifier, policy = "mode: block\n", options = {}): Promise<Guard> {
  const loaded = await parsePolicy(`constitution: harbor\nchecks: { output: heads }\n${policy}`, {
    file: "g",
    folder: ".",
  });
  return createGuard({ ...loaded, constitution }, { classifiers: [classifier], ...options });
}

/** What is delivered of a text that comes in these pieces. */
async function deliver(guard: Guard, pieces: readonly string[]) {
  const guarded = guard.begin(exchange);
  const text = guarded.open("output");
  let delivered = "";
  for (const piece of pieces) for (const { text: own } of await text.push(piece)) delivered += own;
  const { pieces: rest, verdict } = await text.end();
  for (const { text: own } of rest) delivered += own;
  return { delivered, verdict };
}

const long =
  "one two three four five six seven eight nine ten eleven twelve thirteen you fool go home and sleep until noon";

test("a head stops a stream before its tokens, names its principle, and says the same however the text was cut", async () => {
  const guard = await guardOf(fake());
  const whole = await deliver(guard, [long]);
  expect(whole.verdict).toMatchObject({ action: "block", principleId: "calm" });
  // Two tokens are held back: "you fool".
  expect(whole.delivered.trimEnd()).toBe("one two three four five six seven eight nine ten eleven twelve thirteen");
  const random = rng(4, "cuts");
  for (let i = 0; i < 200; i++) {
    const pieces: string[] = [];
    for (let at = 0; at < long.length; ) {
      const size = 1 + random.integer(12);
      pieces.push(long.slice(at, at + size));
      at += size;
    }
    const cut = await deliver(guard, pieces);
    expect(cut.delivered).toBe(whole.delivered);
    expect(cut.verdict.findings).toEqual(whole.verdict.findings);
  }
});

test("what no head speaks against is delivered to the byte, and a stream is not held to its end", async () => {
  const guard = await guardOf(fake());
  const fine = long.replace("fool", "friend");
  const guarded = guard.begin(exchange);
  const text = guarded.open("output");
  const first = await text.push(fine);
  expect(first.length).toBeGreaterThan(0);
  const { pieces, verdict } = await text.end();
  expect([...first, ...pieces].map((piece) => piece.text).join("")).toBe(fine);
  expect(verdict).toMatchObject({ action: "pass", status: "checked" });
});

test("a mean reaches back into what was read before, so that a head speaks where it would have in one reading", async () => {
  const classifier = fake({ window: 4, calm: (word) => (word === "fool" ? 9 : -9) });
  // Four of them in a row, of which a reading ends after the second.
  const text = `${"so ".repeat(6)}fool fool fool fool ${"so ".repeat(9)}`;
  const pieces = text.split(/(?<= )/);
  const [whole, cut] = [
    await deliver(await guardOf(classifier), [text]),
    await deliver(await guardOf(classifier), pieces),
  ];
  expect(whole.verdict).toMatchObject({ action: "block", principleId: "calm" });
  expect(cut.verdict.findings).toEqual(whole.verdict.findings);
  expect(cut.delivered).toBe(whole.delivered);
  await deliver(await guardOf(classifier), ["all is well"]);
  expect(classifier.reads.slice(-2)).toEqual(["all is well", "closed"]);
});

test("the logit is a mean over the window: one token alone is no evidence", async () => {
  const guard = await guardOf(fake({ window: 4 }));
  expect((await deliver(guard, ["oh you fool go home"])).verdict.action).toBe("pass");
  expect((await deliver(guard, ["oh fool fool fool go"])).verdict.action).toBe("block");
});

test("thresholds are the policy's, and between them the critic decides, if there is one", async () => {
  const unsure = fake({ calm: (word) => (word === "fool" ? 0.5 : -9) });
  const policy = "principles: { calm: { act: 0.9, pass: 0.4 } }\n";
  const lone = await guardOf(unsure, policy);
  expect((await deliver(lone, ["you fool"])).verdict).toMatchObject({ action: "pass", findings: [] });
  const check = classifierCheck(unsure, { heads: [{ isOn: true, pass: 0.4, act: 0.9 }], asks: true });
  const session = check.open(exchange, "output");
  await session.push("you fool");
  expect(await session.end()).toMatchObject([{ check: "head:calm:unsure", principleId: "calm", threshold: 0.9 }]);
  const strict = await guardOf(unsure, "principles: { calm: { act: 0.6 } }\n");
  expect((await deliver(strict, ["you fool"])).verdict).toMatchObject({ action: "block", principleId: "calm" });
});

test("the head of any principle names the one whose own head is highest there, by thresholds of its own, under its own constitution", async () => {
  const { principles } = fake().file;
  const anyHead = { id: ANY, hash: constitution.hash, slope: 1, offset: 0 };
  const classifier = fake({ principles: [...principles, anyHead] });
  const found = await deliver(await guardOf(classifier), ["such a villain"]);
  expect(found.verdict).toMatchObject({ action: "block", principleId: "privacy" });
  expect(found.verdict.findings).toMatchObject([{ check: "head:any", principleId: "privacy" }]);
  // σ(3) = 0.953. That privacy acts late says nothing of it.
  const strict = await guardOf(classifier, 'principles: { "*": { act: 0.96 }, privacy: { act: 0.1, pass: 0.1 } }\n');
  expect((await deliver(strict, ["such a villain"])).verdict.action).toBe("block");
  const late = await guardOf(classifier, 'principles: { "*": { act: 0.96 } }\n');
  expect((await deliver(late, ["such a villain"])).verdict.action).toBe("pass");
  const early = await guardOf(classifier, 'principles: { "*": { act: 0.95 }, privacy: { act: 0.99 } }\n');
  expect((await deliver(early, ["such a villain"])).verdict).toMatchObject({ action: "block", principleId: "privacy" });
  const warnings: string[] = [];
  const foreign = fake({ principles: [...principles, { ...anyHead, hash: "sha256:other" }] });
  const guard = await guardOf(foreign, "", { onWarning: (text: string) => warnings.push(text) });
  expect((await deliver(guard, ["such a villain"])).verdict.action).toBe("pass");
  expect(warnings).toEqual([expect.stringContaining("any principle")]);
  await expect(guardOf(fake({ principles: [anyHead] }))).rejects.toThrow(/heads of another constitution/);
  await expect(guardOf(classifier, 'principles: { "*": { mode: observe } }\n')).rejects.toThrow(/has thresholds/);
});

test("a score that is no number closes the text, or is written down as unchecked where the policy says so", async () => {
  const broken = fake({ calm: () => Number.NaN });
  const failures: unknown[] = [];
  const onFailure = (error: unknown): number => failures.push(error);
  const closed = await deliver(await guardOf(broken, "", { onFailure }), ["all is well"]);
  expect(closed).toMatchObject({ delivered: "", verdict: { action: "block", status: "failed-closed", findings: [] } });
  expect(String(failures[0])).toMatch(/missing or no numbers/);
  const open = await deliver(await guardOf(broken, "failure: { classifier: open }\n"), ["all is well"]);
  expect(open).toMatchObject({ delivered: "all is well", verdict: { action: "pass", status: "failed-open" } });
  const watched = await deliver(await guardOf(broken, "mode: observe\n"), ["all is well"]);
  expect(watched).toMatchObject({ delivered: "all is well", verdict: { status: "failed-open" } });
});

test("heads of principles that the constitution words otherwise are off with a warning, refused if strict, and useless if all are", async () => {
  const [calm, privacy] = fake().file.principles;
  const reworded = fake({ principles: [calm!, { ...privacy!, hash: "sha256:other" }] });
  const warnings: string[] = [];
  const guard = await guardOf(reworded, "", { onWarning: (text: string) => warnings.push(text) });
  expect(warnings).toEqual([expect.stringContaining("privacy")]);
  expect((await deliver(guard, ["the keys"])).verdict.action).toBe("pass");
  expect((await deliver(guard, ["you fool"])).verdict.action).toBe("block");
  await expect(guardOf(reworded, "", { strict: true })).rejects.toThrow(/privacy/);
  const foreign = fake({ principles: [{ ...calm!, hash: "sha256:other" }] });
  await expect(guardOf(foreign)).rejects.toThrow(/heads of another constitution/);
});
