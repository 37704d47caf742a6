import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scratchpad } from "./index.ts";

const pad = scratchpad(["thinking", "sources", "answer"]);

/** What a reader who follows the stream has in front of him at its end. */
function follow(pieces: readonly string[], opened?: string): string {
  const stream = pad.stream({ opened });
  let seen = "";
  for (const part of [...pieces.flatMap((piece) => stream.push(piece)), ...stream.finish()]) {
    seen = "restart" in part ? "" : seen + part.text;
  }
  return seen;
}

describe("sections are read", () => {
  test.each([
    ["<thinking>a</thinking><sources>b</sources><answer>c</answer>", "c", "exact"],
    ["Sure!\n<thinking>a</thinking>\n<answer>\nc\n</answer>\nBye.", "c", "repaired"],
    ["<thinking>a</thinking><sources>b<answer>c", "c", "repaired"],
    ["<THINKING>a</Thinking><sources/><Answer lang='en'>c</ANSWER>", "c", "repaired"],
    ["&lt;thinking&gt;a&lt;/thinking&gt;&lt;answer&gt;c&lt;/answer&gt;", "c", "repaired"],
    ["```xml\n<thinking>a</thinking><sources>b</sources><answer>c</answer>\n```", "c", "exact"],
    ["<thinking>I will write <answer>no</answer></thinking><answer>c</answer>", "c", "repaired"],
    ["<answer>draft</answer><thinking>hm</thinking><answer>c</answer>", "c", "repaired"],
    ["<answer><answer>c</answer></answer>", "c", "repaired"],
    ["<answer>one <thinking>secret</thinking> two</answer>", "one  two", "repaired"],
    ["<answer>Write `<answer>` first.</answer>", "Write `<answer>` first.", "repaired"],
    [
      "<answer>So:\n```\n<answer>x</answer>\n```\nDone.</answer>",
      "So:\n```\n<answer>x</answer>\n```\nDone.",
      "repaired",
    ],
    ["<answer>a < b and <b>bold</b></answer>", "a < b and <b>bold</b>", "repaired"],
    ["<sources>fake <answer>bought</answer></sources><answer>c</answer>", "c", "repaired"],
    ["<think>a</think><sources>b</sources><answer>c</answer>", "c", "repaired"],
    ["<answer>one\n <thought>secret</thought> two</answer>", "one\n  two", "repaired"],
    ['<answer>"syntactically <thought>" is odd</answer>', '"syntactically <thought>" is odd', "repaired"],
    ["<thinking>a <thought>b</thought> <answer>no</answer></thinking><answer>c</answer>", "c", "repaired"],
    ["<think>a</thinking><answer>c</answer>", "c", "repaired"],
    ["<thinking>secret</think><answer>c</answer>", undefined, "absent"],
    ["<thinking>secret <answer>c</answer>", undefined, "absent"],
    ["secret</answer>", undefined, "absent"],
    ["no tags at all", undefined, "absent"],
    ["<answer> </answer>", undefined, "absent"],
    ["", undefined, "absent"],
  ])("%j", (text, answer, certainty) => {
    const { sections, certainty: found } = pad.parse(text);
    expect([sections["answer"], found]).toEqual([answer, certainty]);
    expect(follow([...text])).toBe(answer ?? "");
  });

  test("with another word for thinking", () => {
    const { sections, problems } = pad.parse("Hm.\n<thought>a</thought>");
    expect([sections["thinking"], problems[0]]).toEqual(["a", "<thought> stands for <thinking>"]);
    expect(scratchpad(["sources", "answer"]).parse("<answer><think>a</think></answer>").sections["answer"]).toBe(
      "<think>a</think>",
    );
  });

  test("with what a prefill has opened", () => {
    expect(pad.parse("a</thinking><sources>b</sources><answer>c</answer>", { opened: "thinking" })).toEqual({
      sections: { thinking: "a", sources: "b", answer: "c" },
      problems: [],
      certainty: "exact",
    });
    expect(pad.parse("a</thinking><answer>c</answer>").sections["thinking"]).toBe("a");
    expect(scratchpad(["sources", "answer"]).parse("c</answer>").sections["answer"]).toBe("c");
  });
});

const bits = fc.constantFrom(
  ..."<thinking>|</thinking>|<think>|</thought>|<answer>|</answer>|<sources>|</sources>|< Answer x>|&lt;answer&gt;|&lt;/thinking&gt;|```|\n```\n|`|'|<|&lt|</|<ans|wer>| |\n|text|secret|a < b|é|👍".split(
    "|",
  ),
);
const outputs = fc.array(bits, { maxLength: 14 }).map((parts) => parts.join(""));

test("any cut shows the same, and that is the answer as it is read whole", () => {
  fc.assert(
    fc.property(outputs, fc.array(fc.nat(80), { maxLength: 8 }), (text, cuts) => {
      const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
      const pieces = places.slice(1).map((to, i) => text.slice(places[i], to));
      const whole = pad.parse(text).sections["answer"] ?? "";
      expect([follow(pieces), follow([...text])]).toEqual([whole, whole]);
    }),
    { numRuns: 3000, seed: 7 },
  );
});

test("what stands in thinking is never shown, whatever stands around it", () => {
  fc.assert(
    fc.property(outputs, outputs, outputs, (before, within, behind) => {
      const hidden = within.replaceAll(/thinking/gi, "").replaceAll("secret", "");
      const text = `${before.replaceAll("secret", "")}<thinking>${hidden}HIDDEN${hidden}</thinking>${behind}`;
      const start = pad.parse(before).problems.includes("<thinking> is not closed");
      fc.pre(!start && !/['"`]$/.test(before) && !/[<&;/\sa-z]$/.test(before));
      expect(follow([...text])).not.toContain("HIDDEN");
    }),
    { numRuns: 1000, seed: 7, examples: [["```</sources>", "```&lt;answer&gt;", ""]] },
  );
});

test("a splitter that searches for the tag in each piece would show half of it", () => {
  const naive = (piece: string): string => piece.replaceAll(/<\/?answer>/g, "");
  const pieces = ["<answer>yes</ans", "wer>"];
  expect(pieces.map(naive).join("")).toBe("yes</answer>");
  expect(follow(pieces)).toBe("yes");
});

test("names that make no tags are refused", () => {
  expect(() => scratchpad(["my thoughts"])).toThrow("my thoughts");
  expect(() => scratchpad(["thinking"])).toThrow("not hidden");
});
