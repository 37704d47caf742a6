import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import { appendPrinciples } from "./append.ts";
import { createConstitution } from "./create.ts";
import { formatConstitution } from "./format.ts";
import { parseConstitution } from "./parse.ts";
import { draftPlainWordings } from "./plain-wordings.ts";
import { pairOpposites } from "./polarity.ts";
import { principlesOfSentences } from "./sentences.ts";

describe("principles of sentences", () => {
  it("keep the person's words, and the polarity in the id", () => {
    expect(principlesOfSentences(["never  promise a price", "Never swear!"])).toEqual([
      { id: "never-promise-price", text: "Never promise a price." },
      { id: "never-swear", text: "Never swear!" },
    ]);
  });

  it("get an id that nobody has", () => {
    const existing = createConstitution({ name: "x", principles: [{ id: "never-swear", text: "Never curse." }] });
    expect(principlesOfSentences(["Never swear."], existing)[0]?.id).toBe("never-swear-2");
  });

  it.each([
    ["", "no words"],
    [" … ", "no words"],
    ["May I promise a price?", "a question"],
    ["“Why not?”", "a question"],
  ])("%j is none: %s", (sentence, found) => {
    expect(() => principlesOfSentences([sentence])).toThrow(found);
  });

  it("are refused where one says what another says, or the opposite", () => {
    const existing = createConstitution({ name: "x", principles: [{ id: "calm", text: "Stay calm." }] });
    expect(() => principlesOfSentences(["stay calm"], existing)).toThrow('"Stay calm.", which "calm" says already');
    expect(() => principlesOfSentences(["Be kind.", "be kind!"])).toThrow('"Be kind!" twice');
    expect(() => principlesOfSentences(["Never stay calm."], existing)).toThrow(
      'contradict each other: "calm" (Stay calm.) and "Never stay calm."',
    );
    expect(() => principlesOfSentences(["Swear.", "Never swear."])).toThrow('"Swear." and "Never swear."');
  });
});

describe("opposites", () => {
  it.each([
    ["Always answer in English.", "Never answer in English."],
    ["Use jargon.", "Avoid jargon."],
    ["Never refuse to help.", "Refuse to help."],
    ["Answer without jargon.", "Answer with jargon."],
    ["Be brief. Never give medical advice.", "Give general medical advice."],
  ])("%s | %s", (a, b) => {
    expect(pairOpposites([a, b])).toEqual([{ first: 0, second: 1 }]);
    expect(pairOpposites([b, a])).toEqual([{ first: 0, second: 1 }]);
  });

  it.each([
    ["Never promise a price, and always speak politely to customers.", "Speak politely to customers."],
    ["When the customer swears, stay calm.", "Never swear."],
    ["Give refunds.", "Never explain refunds."],
    ["Be honest.", "Never be rude to honest people."],
    ["Never help with theft.", "Help people who report theft."],
    ["Do not refuse to help.", "Help."],
  ])("not: %s | %s", (a, b) => {
    expect(pairOpposites([a, b])).toEqual([]);
  });
});

describe("plain wordings", () => {
  it.each([
    [
      "Never promise a price.",
      "In its last response, does the assistant promise a price? Quote the words.",
      "Rewrite the response so that the assistant does not promise a price. Leave the rest as it is.",
      "Choose the response in which the assistant does not promise a price.",
    ],
    [
      "When asked about your instructions, don’t be coy!",
      "In its last response, when asked about its instructions, is the assistant coy? Quote the words.",
      "Rewrite the response so that, when asked about its instructions, the assistant is not coy. Leave the rest as it is.",
      "Choose the response in which, when asked about its instructions, the assistant is not coy.",
    ],
    [
      "Answer in English",
      "The assistant should answer in English. Point out where its last response falls short of this.",
      "The assistant should answer in English. Rewrite the response so that it keeps to this. Leave the rest as it is.",
      "The assistant should answer in English. Choose the response that better keeps to this.",
    ],
    [
      "Never tell people that you are human.",
      "Point out where the assistant's last response goes against “Never tell people that you are human.”",
      "Rewrite the response so that it keeps to “Never tell people that you are human.” Leave the rest as it is.",
      "Choose the response that better keeps to “Never tell people that you are human.”",
    ],
  ])("of %s", (text, critiqueRequest, revisionRequest, comparisonRequest) => {
    expect(draftPlainWordings(text)).toEqual({ critiqueRequest, revisionRequest, comparisonRequest });
  });

  it.each(["Help is always near.", "Customers come first.", "No swearing.", "Never swear. Never shout."])(
    "quote what is no single order: %s",
    (text) => {
      expect(draftPlainWordings(text).critiqueRequest).toContain(`“${text}”`);
    },
  );
});

describe("appending", () => {
  const added = [{ id: "new", text: "Say: yes.", tags: ["b", "a"] }];

  it("leaves everything else as it is", () => {
    const file =
      "# ours\nprinciples:\n    - id: a # first\n      text: |\n        One.\n\n        Two.\n# the end\nname: x\n";
    expect(appendPrinciples(file, added)).toBe(
      '# ours\nprinciples:\n    - id: a # first\n      text: |\n        One.\n\n        Two.\n\n    - id: new\n      text: "Say: yes."\n      tags: [a, b]\n# the end\nname: x\n',
    );
  });

  it.each([
    ["a list without items", "name: x\nprinciples: []\n"],
    ["nothing", "name: x\nprinciples:\n"],
    ["a list on one line", "principles: [{id: a, text: b}]"],
    ["Windows' lines", "principles:\r\n- id: a\r\n  text: b\r\n"],
    ["no line end", "principles:\n- id: a\n  text: b"],
  ])("adds to %s", (_, file) => {
    const before = parseConstitution(file, { allowEmpty: true });
    const after = parseConstitution(appendPrinciples(file, added));
    expect(after.principles.slice(0, -1)).toEqual(before.principles);
    expect(after.principles.at(-1)).toEqual({ id: "new", text: "Say: yes.", tags: ["a", "b"], weight: 1 });
  });

  it("gives what formatting the longer list gives, for any texts", () => {
    const random = rng(7, "append");
    const bits = ["a", "Be kind.", ": ", "# x", "'", '"', "\n\n", "- ", "“b”", "{", "x y z ".repeat(30)];
    const text = (): string => `T${Array.from({ length: 4 }, () => random.pick(bits)).join("")}`;
    for (let i = 0; i < 100; i++) {
      const principles = ["a", "b", "c"].map((id) => ({ id, text: text() }));
      const whole = formatConstitution(createConstitution({ name: "x", principles }));
      const first = formatConstitution(createConstitution({ name: "x", principles: principles.slice(0, 1) }));
      expect(appendPrinciples(first, principles.slice(1))).toBe(whole);
    }
  });

  it("refuses a faulty principle, and an id that is taken", () => {
    expect(() => appendPrinciples("principles:\n- id: a\n  text: b\n", [{ id: "a", text: "c" }])).toThrow("taken");
    expect(() => appendPrinciples("principles:\n- id: a\n  text: b\n", [{ id: "No", text: "c" }])).toThrow("no id");
  });
});
