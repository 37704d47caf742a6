import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** Makes 300 MB of answers, eight thousand alive at a time, and prints the most that V8 held, in MB. */
function churn(isBound: boolean): Promise<number> {
  const module = new URL("./garbage.ts", import.meta.url).href;
  const code = `
    import { getHeapStatistics } from "node:v8";
    const { boundGarbage } = await import(${JSON.stringify(module)});
    if (${isBound}) boundGarbage();
    let [held, most] = [[], 0];
    for (let n = 0; n < 150_000; n++) {
      held.push(JSON.parse(JSON.stringify({ a: [n, n + 1], b: "word ".repeat(40) + n, c: { d: n, e: String(n) } })));
      if (held.length > 8000) held = [];
      if (n % 500 === 0) {
        most = Math.max(most, getHeapStatistics().total_heap_size);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    console.log(most / 1e6);`;
  const ran = promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
  return ran.then(({ stdout }) => Number(stdout));
}

describe("boundGarbage", () => {
  it("keeps the heap near what is alive", async () => {
    const bound = await churn(true);
    const free = await churn(false);
    expect(bound).toBeGreaterThan(5);
    expect(bound).toBeLessThan(0.75 * free);
  }, 60_000);
});

describe("dropGarbage", () => {
  it("gives back what nobody holds any more", async () => {
    const module = new URL("./garbage.ts", import.meta.url).href;
    const code = `
      import { getHeapStatistics } from "node:v8";
      const { dropGarbage } = await import(${JSON.stringify(module)});
      let held = Array.from({ length: 200_000 }, (_, n) => ({ n, text: "word ".repeat(20) + n }));
      held = held.slice(0, 10);
      const before = getHeapStatistics().total_heap_size;
      dropGarbage();
      console.log(getHeapStatistics().total_heap_size / before, held.length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code]);
    const [share, n] = stdout.trim().split(" ").map(Number);
    expect(n).toBe(10);
    expect(share).toBeLessThan(0.5);
  });
});
