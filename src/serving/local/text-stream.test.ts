import { expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { Detokenizer, StopStrings } from "./text-stream.ts";

const tokenizer = wordTokenizer(["<end>", "so", "soup", ":", "."]);

it("gives the same text token by token as at once, characters of several bytes included", () => {
  const random = rng(1, "texts");
  for (let n = 0; n < 50; n++) {
    const words = Array.from({ length: 1 + random.integer(12) }, () =>
      random.pick(["so", "soup", ":", "zoë", "日本語", "👩‍🍳", "x"]),
    );
    const ids = tokenizer.encode(words.join(" "));
    const detokenizer = new Detokenizer(tokenizer);
    const pieces = ids.map((id) => detokenizer.push(id));
    expect(pieces.every((piece) => !piece.includes("\ufffd"))).toBe(true);
    expect(pieces.join("") + detokenizer.end()).toBe(tokenizer.decode(ids));
  }
});

it("says a broken character at the end, and only there", () => {
  const detokenizer = new Detokenizer(tokenizer);
  const ids = tokenizer.encode("日").slice(0, 3);
  expect(ids.map((id) => detokenizer.push(id)).join("")).toBe("");
  expect(detokenizer.end()).toContain("\ufffd");
});

it("cuts before the first stop string, however the text is divided, and loses nothing else", () => {
  const random = rng(2, "stops");
  for (let n = 0; n < 300; n++) {
    const text = Array.from({ length: random.integer(20) }, () => random.pick(["a", "b", "\n"])).join("");
    const stops = Array.from({ length: random.integer(3) }, () =>
      Array.from({ length: 1 + random.integer(3) }, () => random.pick(["a", "b", "\n"])).join(""),
    );
    const matcher = new StopStrings(stops);
    let [said, isStopped] = ["", false];
    for (let at = 0; at < text.length && !isStopped; ) {
      const size = 1 + random.integer(3);
      const taken = matcher.push(text.slice(at, at + size));
      at += size;
      said += taken.text;
      isStopped = taken.isStopped;
    }
    if (!isStopped) said += matcher.end();
    const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place !== -1);
    expect(isStopped).toBe(places.length > 0);
    if (places.length === 0) expect(said).toBe(text);
    // A piece may bring two stop strings at once; the first in the text wins among those that it completes.
    else expect(text.startsWith(said) && stops.every((stop) => !said.includes(stop))).toBe(true);
  }
});
