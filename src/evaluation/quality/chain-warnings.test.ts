import { expect, test } from "vitest";
import { chainWarnings } from "./index.ts";

const examples = { putBacks: [{ id: "a", text: "mix" }], stillBreaking: [], unread: [] };
const counts = { chains: 100, putBacks: 3, stillBreaking: 3, unread: 3, examples };
const codes = (changes: object, reread: boolean, selection: "all" | "random") =>
  chainWarnings({ ...counts, ...changes }, { reread, selection }).map(({ code }) => code);

test("chains with a fault are told from three in a hundred on, and where there are enough", () => {
  expect(codes({}, false, "all")).toEqual(["put-backs", "still-breaking", "unread-revisions"]);
  expect(codes({ putBacks: 2, stillBreaking: 0 }, false, "all")).toEqual(["unread-revisions"]);
  expect(codes({ chains: 10 }, false, "all")).toEqual([]);
});

test("a last revision that nobody read is no news where one principle is drawn a round", () => {
  expect(codes({}, false, "random")).toEqual(["put-backs", "still-breaking"]);
});

test("what the chains come to depends on whether they were read again", () => {
  const [without] = chainWarnings(counts, { reread: false, selection: "all" });
  const [again] = chainWarnings(counts, { reread: true, selection: "all" });
  expect(without?.text).toMatch(/in 3 of 100 chains .* they are trained on, reread: true/);
  expect(again?.text).toMatch(/none of these is trained on/);
  expect(again?.examples).toEqual(examples.putBacks);
});
