import { describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import type { RuntimeTensor } from "../../tensor/index.ts";
import { KeyValueCache, MASKED } from "./key-value-cache.ts";

const config = smallConfig({
  vocabularySize: 4,
  hiddenSize: 4,
  feedForwardSize: 4,
  heads: 4,
  keyValueHeads: 2,
  headSize: 2,
  contextLength: 100,
});

describe("KeyValueCache", () => {
  it("holds what a plain list of tokens would, through appends, growth and removals", () => {
    const random = rng(1, "cache");
    for (let n = 0; n < 10; n++) {
      const cache = new KeyValueCache(config, 6, 100);
      cache.reset(6, 10);
      /** rows → tokens → the numbers of one token: layer, keys or values, head, channel. */
      const model: number[][][] = Array.from({ length: 6 }, () => []);
      for (let step = 0; step < 60 && model.length > 0; step++) {
        const row = random.integer(model.length);
        if (random.next() < 0.05) {
          cache.remove(row);
          const last = model.pop() as number[][];
          if (row < model.length) model[row] = last;
          continue;
        }
        const count = random.next() < 0.5 ? 1 : 1 + random.integer(4);
        const own = model[row] as number[][];
        if (own.length + count > 100) continue;
        cache.grow(own.length + count);
        const [rows, length] = [3, 5];
        const block = (): Float32Array => Float32Array.from({ length: rows * 2 * length * 2 }, () => random.next());
        const made = { keys: [block(), block()], values: [block(), block()], length };
        const source = random.integer(rows);
        cache.append(made, source, row, count);
        for (let token = 0; token < count; token++) {
          own.push(
            [...made.keys, ...made.values].flatMap((data) =>
              [0, 1].flatMap((head) =>
                [0, 1].map((i) => data[((source * 2 + head) * length + token) * 2 + i] as number),
              ),
            ),
          );
        }
      }
      const feeds = cache.feeds(0, model.length);
      const columns = cache.columns;
      const bias = feeds["pastBias"]?.data as Float32Array;
      for (const [row, tokens] of model.entries()) {
        expect(cache.lengths[row]).toBe(tokens.length);
        const filled = Array.from({ length: columns }, (_, column) => (column < tokens.length ? 0 : MASKED));
        expect([...bias.subarray(row * columns, (row + 1) * columns)]).toEqual(filled);
        const held = tokens.map((_, column) =>
          ["pastKeys.0", "pastKeys.1", "pastValues.0", "pastValues.1"].flatMap((name) =>
            [0, 1].flatMap((head) =>
              [0, 1].map((i) => (feeds[name] as RuntimeTensor).data[((row * 2 + head) * columns + column) * 2 + i]),
            ),
          ),
        );
        expect(held).toEqual(tokens);
      }
    }
  });

  it("gives views of a part of its rows", () => {
    const cache = new KeyValueCache(config, 3, 16);
    cache.reset(3, 16);
    const feeds = cache.feeds(1, 2);
    expect(feeds["pastKeys.0"]?.dims).toEqual([2, 2, 16, 2]);
    expect(feeds["pastBias"]?.dims).toEqual([2, 1, 1, 16]);
  });
});
