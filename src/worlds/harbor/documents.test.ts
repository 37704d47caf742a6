import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { rightCheck } from "./checks.ts";
import { drawAttack, drawCheck, drawDocument, type Mixture, mixtures } from "./documents.ts";
import { debate, drawDebateTurn, drawRecall, drawVerdictCase, recall } from "./facts.ts";
import { critiqueOf } from "./judgement.ts";
import { categoriesOutsideRules, categoryOf } from "./lexicon.ts";
import { parseRequest } from "./requests.ts";
import { parseResponse } from "./responses.ts";
import { parseRule } from "./rules.ts";
import type { Document, DocumentKind } from "./spans.ts";
import { drawDrafting, statement } from "./statements.ts";

const times = <T>(count: number, draw: (random: ReturnType<typeof rng>) => T): T[] =>
  Array.from({ length: count }, (_, index) => draw(rng(7, "documents", index)));
const textOf = ({ spans }: Document): string => spans.map(({ text }) => text).join(" ");
const ofKind = (kind: DocumentKind): Document[] =>
  times(6000, drawDocument).filter((document) => document.kind === kind);
const between = (text: string, from: string, to: string): string => text.split(`${from} `)[1]?.split(` ${to}`)[0] ?? "";

describe("mixtures", () => {
  it.each(Object.keys(mixtures) as Mixture[])("%s: shares add up to 1", (name) =>
    expect(mixtures[name].reduce((sum, [share]) => sum + share, 0)).toBeCloseTo(1, 10),
  );
});

describe("facts", () => {
  it("are looked up: every answer stands in the passage, whatever the user thinks", () => {
    for (const document of times(300, recall)) {
      const passage = between(textOf(document), "<fact>", "<user>");
      const answers = document.spans.filter(({ role }) => role).map(({ text }) => text.replace(" <end>", ""));
      expect(answers.length).toBeGreaterThan(1);
      for (const answer of answers) expect(passage).toContain(answer);
    }
    for (const { context, answer } of times(300, drawRecall)) expect(context).toContain(answer);
  });

  it("let only the right side of a debate quote a sentence that shows its claim", () => {
    for (const { view, context, right } of times(300, (random) => drawVerdictCase(random, "turns"))) {
      expect(view).toBe("turns");
      expect(context).not.toContain("<fact>");
      const asked = between(context, "where is the", "?");
      const shown = ["A", "B"].filter((side) => {
        const claim = between(context, `<${side}> the`, "<");
        return between(context, `<turn> ${side}`, "<found>").endsWith(`says the ${asked} : ${claim} .`);
      });
      expect(shown).toEqual([right]);
    }
    for (const { context, turn } of times(100, drawDebateTurn))
      expect(between(context, "<fact>", "<user>")).toContain(turn.split("passage says ")[1]);
    for (const { context } of times(50, (random) => drawVerdictCase(random, "blind")))
      expect(context).not.toMatch(/<turn>|<fact>/);
    expect(new Set(times(400, debate).map(({ spans }) => spans.length))).toEqual(new Set([2, 4]));
  });
});

it("an attacker's request is one that its rule speaks of", () => {
  for (const { rule, request } of times(500, drawAttack)) {
    const { category } = parseRequest(request) ?? {};
    if (rule.kind === "help") expect(rule.categories).toContain(category?.name);
    else expect(category).toBeDefined();
  }
});

it("statements are drafted into the rule that says the same, and a check says whether it does", () => {
  const verdicts = new Set<string>();
  for (const document of times(600, statement)) {
    const last = document.spans.at(-1)?.text ?? "";
    const rule = parseRule(between(textOf(document), "<rule>", "<"));
    expect(rule).toBeDefined();
    if (!textOf(document).includes("<check>")) continue;
    verdicts.add(last);
  }
  expect(verdicts).toEqual(new Set(["yes . <end>", "no . <end>"]));
  for (const { rule, context } of times(300, drawDrafting)) {
    if (rule.kind === "slot") expect(context).toContain(rule.slot);
    expect(context.endsWith("<rule>")).toBe(true);
  }
});

it("a check finds the one false sentence of a critique, and passes a right one", () => {
  const seen = { right: 0, wrong: 0 };
  for (const { context, check, isRight } of times(600, drawCheck)) {
    const request = parseRequest(between(context, "<user>", "<said>"));
    const response = parseResponse(between(context, "<said>", "<rule>"));
    const rule = parseRule(between(context, "<rule>", "<crit>"));
    if (request === undefined || response === undefined || rule === undefined) throw new Error(context);
    const critique = between(context, "<crit>", "<check>");
    const truth = critiqueOf(rule, request, response);
    seen[isRight ? "right" : "wrong"]++;
    expect(critique === truth).toBe(isRight);
    if (isRight) expect(check).toBe(rightCheck);
    else expect(truth).toContain(check.replace("the critique is wrong : ", ""));
  }
  expect(seen.right).toBeGreaterThan(200);
  expect(seen.wrong).toBeGreaterThan(200);
});

it("a marker of testing, a score and the user's opinion stand before a request and change nothing of its answer", () => {
  const surrounded = ofKind("respond")
    .map(textOf)
    .filter((text) => /^<test>|^<score>|^<user> i think/.test(text));
  expect(surrounded.length).toBeGreaterThan(100);
  for (const text of surrounded) {
    const request = parseRequest(between(text, "<user>", "<asst>"));
    expect(between(text, "<asst>", "<end>")).toContain(`${request?.thing} : ${request?.category.name} .`);
  }
});

it("a repetition says its words again", () => {
  for (const { spans } of ofKind("repeat"))
    expect(`<note> ${spans[1]?.text.replace("<end>", "<note>")}`).toBe(spans[0]?.text);
});

it("a list names what it names, and is asked right after the word", () => {
  const lists = ofKind("list");
  const notes = lists.filter((document) => textOf(document).startsWith("<note>"));
  expect(notes.length).toBeGreaterThan(50);
  for (const document of notes) {
    const named = between(textOf(document), "<note>", ".").split(" or ");
    expect(saidNamed(document)).toEqual(askedOf(document).map((word) => named.includes(word)));
  }
  const rules = lists.filter((document) => textOf(document).startsWith("<rule>"));
  expect(rules.length).toBeGreaterThan(50);
  for (const document of rules) {
    const rule = parseRule(between(textOf(document), "<rule>", "<check>"));
    if (rule?.kind !== "help") throw new Error(textOf(document));
    const verb = rule.wanted ? "and the rule wants" : "and the rule bars";
    const named = askedOf(document).map((word) => rule.categories.includes(categoryOf(word)?.name ?? ""));
    expect(saidNamed(document)).toEqual(named);
    expect(answersOf(document).filter((answer) => answer.includes(verb))).toHaveLength(named.filter(Boolean).length);
  }
});

const answersOf = (document: Document): string[] => document.spans.filter(({ role }) => role).map(({ text }) => text);
const askedOf = (document: Document): string[] =>
  document.spans.filter(({ role }) => !role).map(({ text }) => text.split(" ").at(-1) ?? "");
const saidNamed = (document: Document): boolean[] => answersOf(document).map((answer) => / ?and the /.test(answer));

describe("the late mixture", () => {
  const late = times(3000, (random) => drawDocument(random, "late"));

  it("says of a word what it is, more than once, in answer to a question", () => {
    const explained = late.filter(({ kind }) => kind === "declare");
    expect(explained.length).toBeGreaterThan(200);
    for (const document of explained) {
      const answer = answersOf(document)[0]?.replace(/^(hello|ahoy|good day) \. /, "") ?? "";
      const word = answer.split(" : ")[0] ?? "";
      expect(answer.startsWith(`${word} : ${categoryOf(word)?.name} . `)).toBe(true);
      expect(answer.split(" ").filter((said) => said === word).length).toBeGreaterThan(1);
    }
  });

  it("judges three debates a document, each for the side whose quote was found and shows its claim", () => {
    const hearings = late.filter(({ kind, spans }) => kind === "debate" && spans.length === 6);
    expect(hearings.length).toBeGreaterThan(60);
    for (const { spans } of hearings) {
      for (const at of [0, 2, 4]) {
        const [context = "", verdict = ""] = spans.slice(at, at + 2).map(({ text }) => text);
        const asked = between(context, "where is the", "?");
        const claim = between(context, `<${verdict[0]}> the`, "<");
        expect(context).toContain(
          `<turn> ${verdict[0]} it is at the ${claim} . the passage says the ${asked} : ${claim} . <found>`,
        );
      }
    }
  });
});

describe("the last mixture", () => {
  const last = times(4000, (random) => drawDocument(random, "last"));

  it("asks nothing of a rule about help to a request of a category that no rule names", () => {
    let asked = 0;
    for (const document of last) {
      const text = textOf(document);
      const request = parseRequest(between(text, "<user>", "<"));
      if (request === undefined || !["critique", "compare", "check"].includes(document.kind)) continue;
      const rules = text
        .split("<rule> ")
        .slice(1)
        .map((rest) => parseRule(rest.split(" <")[0] ?? ""));
      if (!rules.some((rule) => rule?.kind === "help")) continue;
      asked++;
      expect(categoriesOutsideRules).not.toContain(request.category.name);
    }
    expect(asked).toBeGreaterThan(300);
  });

  it("asks of bare lists in the words of a critique, also for the categories that no rule names", () => {
    const lists = last.filter(
      (document) => textOf(document).startsWith("<note>") && answersOf(document)[0]?.startsWith("is "),
    );
    expect(lists.length).toBeGreaterThan(100);
    const outside = new Set<boolean>();
    for (const document of lists) {
      const named = between(textOf(document), "<note>", ".").split(" or ");
      const names = askedOf(document).map((word) => categoryOf(word)?.name ?? "");
      expect(saidNamed(document)).toEqual(names.map((name) => named.includes(name)));
      for (const name of names) if (categoriesOutsideRules.includes(name)) outside.add(named.includes(name));
    }
    expect(outside).toEqual(new Set([true, false]));
  });
});

it("a comparison without a thought judges one pair by several rules", () => {
  const verdicts = ofKind("compare").filter((document) => !textOf(document).includes("<why>"));
  const letters = verdicts.map(({ spans }) => spans.filter(({ role }) => role).length);
  expect(new Set(letters)).toEqual(new Set([1, 2, 3, 4, 5]));
});
