import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { quoteWord } from "./index.ts";

test.each(["where does ana live ?", "it's", '$(touch x) `id` "a" \\ !', "two\nlines", "''"])(
  "a shell reads %j as one word, and runs nothing in it",
  (text) => {
    expect(execFileSync("sh", ["-c", `printf %s ${quoteWord(text)}`], { encoding: "utf8" })).toBe(text);
  },
);
