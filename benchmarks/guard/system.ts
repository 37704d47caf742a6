import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A server of OpenAI's protocol that is compared. */
export interface System {
  readonly name: string;
  readonly url: string;
  /** What it wants in a request's body beside the messages. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly stop: () => unknown;
}

/** One of ours, which tells what it holds. */
export interface OwnSystem extends System {
  readonly process: ChildProcess;
}

/** Starts one of benchmarks/guard/server.ts. */
export async function startOwn(name: string, kind: string, upstream = ""): Promise<OwnSystem> {
  const child = fork(fileURLToPath(new URL("server.ts", import.meta.url)), [kind, upstream], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const url = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (line) => resolve(String(line).trim())),
  );
  return { name, url, process: child, stop: () => child.kill() };
}

/** Bytes that a system's process holds. */
export async function bytesOf(system: OwnSystem): Promise<number> {
  const answer = new Promise<number>((resolve) =>
    system.process.once("message", (told: { bytes: number }) => resolve(told.bytes)),
  );
  system.process.send("memory?");
  return answer;
}

export const fair =
  "The listed price is what the shop asks for it, and our people can tell you more about delivery. ".repeat(3);

export interface Answered {
  /** Milliseconds to the first byte of the answer's text, and to its end. */
  readonly first: number;
  readonly end: number;
  readonly said: string;
}

/** Asks for a text, which the model behind gives back. */
export async function ask({ url, body: own }: System, text: string, stream: boolean): Promise<Answered> {
  const started = performance.now();
  const messages = [{ role: "user", content: Buffer.from(text).toString("base64") }];
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "fake", stream, messages, ...own }),
  });
  if (response.body === null) throw new Error("no body");
  let first: number | undefined;
  let raw = "";
  const decoder = new TextDecoder();
  for await (const part of response.body) {
    raw += decoder.decode(part, { stream: true });
    if (/"content":\s?"[^"]/.test(raw)) first ??= performance.now() - started;
  }
  const end = performance.now() - started;
  const said = [...raw.matchAll(/"content":\s?("(?:[^"\\]|\\.)*")/g)].map(([, json = '""']) => JSON.parse(json));
  return { first: first ?? end, end, said: said.join("") };
}

export const quantile = (of: readonly number[], share: number): number =>
  [...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(share * of.length))] ?? Number.NaN;

/** `count` requests to each system, in turns, `width` at once; milliseconds. */
export async function measure(systems: readonly System[], count: number, width: number, stream: boolean) {
  const times = systems.map(() => ({ first: [] as number[], end: [] as number[] }));
  for (let done = 0; done < count; done += width) {
    for (const [index, system] of systems.entries()) {
      const answers = await Promise.all(Array.from({ length: width }, () => ask(system, fair, stream)));
      for (const { first, end, said } of answers) {
        if (said !== fair) throw new Error(`${system.name} changed a fair answer: ${said.slice(0, 200)}`);
        times[index]?.first.push(first);
        times[index]?.end.push(end);
      }
    }
  }
  return times.map(({ first, end }) => ({
    p50: quantile(end, 0.5),
    p95: quantile(end, 0.95),
    first: quantile(first, 0.5),
  }));
}

/** Requests per second, 64 at once. */
export async function flood(system: System, count: number): Promise<number> {
  const started = performance.now();
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) await ask(system, fair, false);
  };
  await Promise.all(Array.from({ length: 64 }, work));
  return (count / (performance.now() - started)) * 1000;
}

const forbidden = "no takesies";

/** At how many of 52 positions of a stream the forbidden words came through, whole or a part of them. */
export async function leaksOf(system: System): Promise<{ whole: number; part: number }> {
  const leaks = { whole: 0, part: 0 };
  for (let position = 5; position <= 56; position++) {
    const before = "a ".repeat(60).slice(0, position);
    const { said } = await ask(system, `${before}${forbidden} ${"b ".repeat(40)}`, true);
    if (said.includes(forbidden)) leaks.whole++;
    else if (said.startsWith(`${before}${forbidden[0]}`)) leaks.part++;
  }
  return leaks;
}
