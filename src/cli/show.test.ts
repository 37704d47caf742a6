import { expect, test } from "vitest";
import type { Estimate, Measured } from "../statistics/index.ts";
import type { Page } from "./layout.ts";
import { showCosts } from "./show-costs.ts";
import { showRecord } from "./show-overview.ts";
import { showRates, showRoles } from "./show-rates.ts";

const page: Page = { width: 100, paint: (_, text) => text };
const rate = (estimate: number, n = 420): Estimate => ({ estimate, low: estimate - 0.03, high: estimate + 0.03, n });

test("the table of rates: one a split, held-out first, every rate with interval and n", () => {
  const of = (violation: number, refusals: number) => ({
    seen: { violation: rate(violation - 0.02) },
    heldOut: { violation: rate(violation), refusalReasonedAndOffered: rate(0.5, refusals) },
  });
  const text = showRates(
    { checkpoints: { initial: of(0.9, 40), "sl-cai": of(0.08, 380), "rl-cai": of(0.04, 400) } },
    page,
  );
  expect(text).toMatchInlineSnapshot(`
    "Held out: words known from pre-training but in no request of any stage, replayed ones too, in seen templates
                          Initial             SL-CAI             RL-CAI                          n
       Violations            90.0  87.0–93.0     8.0  5.0–11.0      4.0  1.0–7.0               420
       Reasoned refusals     50.0  47.0–53.0    50.0  47.0–53.0    50.0  47.0–53.0  40 / 380 / 400

    Seen: words and templates of the training requests, other requests
                   Initial             SL-CAI           RL-CAI              n
       Violations     88.0  85.0–91.0     6.0  3.0–9.0     2.0  -1.0–5.0  420"
  `);
});

test("a rate with answers that are no sentence stands beside its bounds, and never as 0 where there is nothing else", () => {
  const all = { estimate: null, low: null, high: null, n: 0, note: "all undetermined" };
  const mumbled = { ...all, undetermined: { n: 14, ifAllFalse: 0, ifAllTrue: 1 } };
  const some = { ...rate(0.25, 8), undetermined: { n: 6, ifAllFalse: 1 / 7, ifAllTrue: 4 / 7 } };
  const of = (violation: Measured) => ({ heldOut: { violation, parse: rate(0, 14) } });
  const text = showRates({ checkpoints: { initial: of(mumbled), "sl-cai": of(some) } }, page);
  const [, , violations, bounds] = text.split("\n");
  expect(violations?.trim().split(/ +/)).toEqual(["Violations", "–", "25.0", "22.0–28.0", "0", "/", "8"]);
  expect(bounds).toMatch(/with the undetermined +0\.0 to 100\.0 +14\.3 to 57\.1 +\+ 14 \/ 6/);
});

test("roles: one line a condition, beside the committed model's", () => {
  const roles = { critic: { seen: rate(0.95, 400), heldOut: rate(0.9, 400) } };
  expect(showRoles(roles, page)).toMatchInlineSnapshot(`
    "                    this model               n
       critic  seen           95.0  92.0–98.0  400
               heldOut        90.0  87.0–93.0  400"
  `);
  expect(showRoles(roles, page, { critic: { seen: rate(0.97, 400) } })).toMatchInlineSnapshot(`
    "                    this model               n  committed
       critic  seen           95.0  92.0–98.0  400       97.0  94.0–100.0
               heldOut        90.0  87.0–93.0  400          –"
  `);
});

test("costs: one line per stage and the sum", () => {
  const stage = { seconds: 62, tokens: 123456, tokensPerSecond: 1991.2, gflops: 12.34 };
  const summary = { stages: { "sl-cai": stage, "rl-cai": { ...stage, seconds: 30 } }, peakMemoryBytes: 700 * 2 ** 20 };
  expect(showCosts(summary, page)).toMatchInlineSnapshot(`
    "               time   tokens  tokens/s  GFLOP/s
       sl-cai  1:02 min  123,456     1,991     12.3
       rl-cai      30 s  123,456     1,991     12.3
       1:32 min in all, 700 MiB at most
       Tokens: all that went through a model, prompts and completions, sampled, scored or trained on.
       GFLOP/s: 2 operations per weight and token, 6 in training."
  `);
});

test("a record: messages by who says them, parts of parts in brackets, nothing as a dash", () => {
  const record = {
    ...{ id: "a/1", type: "comparison", clamp: null, parents: [], messages: [{ role: "user", content: "hello ." }] },
    evidence: [{ probability: 0.5, orders: [{ thought: "A is better ." }, { thought: "B is better ." }] }],
  };
  expect(showRecord({ stage: "ai-feedback", file: "records", record }, page)).toMatchInlineSnapshot(`
    "a/1  comparison of ai-feedback
       clamp     –
       parents   –
       messages  user: hello .
       evidence  probability 0.5, orders ((thought A is better .), (thought B is better .))"
  `);
});
