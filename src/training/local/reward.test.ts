import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import type { Rollout } from "../trainer.ts";
import { openReward, rewardAt, rewardIdentity } from "./reward.ts";
import { rewardRequestSchema } from "./url-reward.ts";

const rollout = (response: string): Rollout => ({
  ...{ id: `1/0/0/${response}`, promptId: "p", prompt: "say <asst>", response },
  ...{ tokens: [1], logprobs: [-1], finishReason: "stop" },
});

const moduleOf = async (text: string): Promise<string> => {
  const path = join(await mkdtemp(join(tmpdir(), "precept-reward-")), "reward.mjs");
  await writeFile(path, text);
  return path;
};

describe("a module as reward", () => {
  it("tells whose fault it is when it fails", async () => {
    const faults: readonly [string, string][] = [
      ["export const reward = async () => { throw new Error('boom') };", "an error of its own: boom"],
      ["export const reward = () => ['a'];", "a list with something other than numbers"],
      ["export const reward = () => [1, 2];", "2 scores"],
      ["export const reward = () => [0 / 0];", "the score NaN of rollout 1/0/0/yes"],
    ];
    for (const [text, found] of faults) {
      const { score } = await openReward({ module: await moduleOf(text) });
      await expect(score([rollout("yes")])).rejects.toThrow(found);
    }
    const broken = { module: await moduleOf("throw new Error('boom')") };
    await expect(openReward(broken)).rejects.toThrow("cannot be loaded: boom");
    const { score } = await openReward({ module: await moduleOf("export const reward = (all) => all.map(() => 1);") });
    expect(await score([])).toEqual([]);
    expect(await score([rollout("yes")])).toEqual([{ ...rollout("yes"), score: 1, reward: 1 }]);
  });

  it("is another one when its text changes", async () => {
    const [a, b] = [await moduleOf("export const reward = () => [];"), await moduleOf("export const reward = 1;")];
    expect(await rewardIdentity({ module: a })).not.toEqual(await rewardIdentity({ module: b }));
  });
});

describe("a server as reward", () => {
  let server: ReturnType<typeof serve> | Server | undefined;
  afterEach(() => {
    server?.close();
    if (server !== undefined && "closeAllConnections" in server) server.closeAllConnections();
  });

  const listen = async (answer: (asked: readonly { readonly response: string }[], call: number) => Response) => {
    const app = new Hono();
    let calls = 0;
    app.post("/rewards", async (context) => {
      const { rollouts } = rewardRequestSchema.parse(await context.req.json());
      calls += 1;
      return answer(rollouts, calls);
    });
    const port = await new Promise<number>((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port: own }) => resolve(own));
    });
    return `http://127.0.0.1:${port}/rewards`;
  };

  it("is sent the rollouts and answers with a number for each", async () => {
    const url = await listen((asked) => Response.json({ rewards: asked.map(({ response }) => response.length) }));
    expect(rewardAt(url)).toEqual({ url });
    const { score } = await openReward({ url });
    const scored = await score([rollout("no"), rollout("yes")]);
    expect(scored.map(({ response, reward }) => [response, reward])).toEqual([
      ["no", 2],
      ["yes", 3],
    ]);
  });

  it("is asked again when it fails by a fault of its own, and not when the request was wrong", async () => {
    const calls: number[] = [];
    const url = await listen((asked, call) => {
      calls.push(call);
      if (call === 1) return new Response("restarting", { status: 503 });
      return asked[0]?.response === "bad"
        ? new Response("no such field", { status: 422 })
        : Response.json({ rewards: [1] });
    });
    const { score } = await openReward({ url });
    expect((await score([rollout("yes")]))[0]?.reward).toBe(1);
    expect(calls).toEqual([1, 2]);
    await expect(score([rollout("bad")])).rejects.toThrow("status 422: no such field");
    expect(calls).toEqual([1, 2, 3]);
  });

  it.each([
    ["text", () => new Response("0.3"), "the answer 0.3"],
    ["nothing", () => new Response(""), "an empty answer"],
    ["words for numbers", () => Response.json({ rewards: ["good"] }), "the answer"],
    ["too few numbers", () => Response.json({ rewards: [] }), "0 scores"],
  ])("is refused when it answers with %s", async (_, answer, found) => {
    const { score } = await openReward({ url: await listen(answer) });
    await expect(score([rollout("yes")])).rejects.toThrow(found);
  });

  it("may take only so long, and a stop ends the wait", async () => {
    const silent = createServer(() => undefined);
    server = silent;
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
    const { score } = await openReward({ url, timeoutMs: 50 });
    const controller = new AbortController();
    const waiting = score([rollout("yes")], controller.signal);
    setTimeout(() => controller.abort(), 200);
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    await expect(score([rollout("yes")])).rejects.toThrow("no answer within 0.05 s, 3 times");
  }, 20_000);

  it("is refused with a secret in its address, and anything but http", async () => {
    await expect(openReward({ url: "http://me:secret@host/" })).rejects.toThrow("a URL with a name or password in it");
    await expect(openReward({ url: "ftp://host/" })).rejects.toThrow("the protocol ftp:");
  });
});
