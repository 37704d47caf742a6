import { describe, expect, it } from "vitest";
import { splitReasoning } from "./reasoning.ts";

describe("reasoning left in a text", () => {
  it.each([
    ["<think>\nhm\n</think>\n\nHello.", "Hello.", "hm"],
    ["<Thinking>hm</THINKING> Hello.", "Hello.", "hm"],
    ["<reasoning>hm</reasoning>Hello.", "Hello.", "hm"],
    ["◁think▷hm◁/think▷Hello.", "Hello.", "hm"],
    ["[THINK]hm[/THINK]Hello.", "Hello.", "hm"],
    ["<|begin_of_thought|>hm<|end_of_thought|> Hello.", "Hello.", "hm"],
    ["hm</think>Hello.", "Hello.", "hm"],
    ["<think>a <think>b</think> c</think>Hello.", "Hello.", "a <think>b\n\nc"],
    ["Hello. <think>hm</think> Goodbye.", "Hello.\n\nGoodbye.", "hm"],
    ["< think >hm</ think >Hello.", "Hello.", "hm"],
    ["a</think>b</think>Hello.", "Hello.", "a\n\nb"],
    ["<think>a</think>\n\nHello.\n\n<think>b</think>\n\n<think>c", "Hello.", "a\n\nb\n\nc"],
    ["<think></think>\n\nHello.", "Hello.", ""],
    ["<think>The user wants", "", "The user wants"],
    ["Hello.\n<think>Was that", "Hello.", "Was that"],
    ["Hello. <think>Was that", "Hello.", "Was that"],
    ["<think>hm</think>", "", "hm"],
  ])("%j", (text, answer, reasoning) => {
    expect(splitReasoning(text)).toEqual({ text: answer, reasoning });
  });

  it.each([
    "Hello.",
    " Hello, <think> is a tag.",
    "Write `<think>` first, then `</think>`.",
    "I think > you think < they think.",
    "<b>Think</b>",
  ])("is not found in %j", (text) => {
    expect(splitReasoning(text)).toEqual({ text });
  });
});
