import { z } from "zod";
import type { ServedTown } from "./served.ts";

export interface LoadOptions {
  readonly votesPerSecond: number;
  /** Questions for the next statement beside the votes, whose answers hold one, too. */
  readonly nextPerSecond: number;
  readonly seconds: number;
  readonly voters: number;
}

export interface LoadFigures {
  readonly sent: number;
  /** Votes that the site acknowledged. */
  readonly counted: number;
  readonly failed: number;
  readonly votesPerSecond: number;
  /** Milliseconds from when a request was due, whether or not others still waited. */
  readonly vote: Quantiles;
  readonly next: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

const nextSchema = z.object({ statement: z.object({ id: z.string() }).nullable() });
const votes = ["agree", "agree", "disagree", "pass"] as const;
/** Milliseconds between bursts. */
const pace = 5;

/** Sends at a steady rate, whatever the answers take: what waits is counted from when it was due. */
export async function putUnderLoad(town: ServedTown, options: LoadOptions): Promise<LoadFigures> {
  const { votesPerSecond, nextPerSecond, seconds, voters } = options;
  const people = await joinAll(town, voters);
  const times = { vote: [] as number[], next: [] as number[] };
  const running: Promise<void>[] = [];
  let [sent, counted, failed, turn] = [0, 0, 0, 0];
  const startedAt = performance.now();
  const send = (kind: "vote" | "next", due: number): void => {
    const person = people[turn++ % people.length];
    if (person === undefined) return;
    const { token } = person;
    const key = `k${String(turn).padStart(10, "0")}`;
    const asked =
      kind === "next"
        ? town.ask("next", token)
        : town.ask("votes", token, { statement: person.statement, vote: votes[turn % votes.length], key });
    const heard = asked.then(({ status, body }) => {
      times[kind].push(performance.now() - due);
      if (status !== 200) failed += 1;
      else {
        if (kind === "vote") counted += 1;
        person.statement = nextSchema.parse(body).statement?.id ?? person.statement;
      }
    });
    const fail = (): void => {
      failed += 1;
    };
    running.push(heard.catch(fail));
  };
  const sums = { vote: 0, next: 0 };
  for (let tick = 0; tick * pace < seconds * 1000; tick++) {
    const due = startedAt + tick * pace;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    for (const [kind, rate] of [
      ["vote", votesPerSecond],
      ["next", nextPerSecond],
    ] as const) {
      sums[kind] += (rate * pace) / 1000;
      for (; sums[kind] >= 1; sums[kind]--) {
        send(kind, due);
        if (kind === "vote") sent += 1;
      }
    }
  }
  await Promise.all(running);
  const took = (performance.now() - startedAt) / 1000;
  return {
    sent,
    counted,
    failed,
    votesPerSecond: counted / took,
    vote: quantiles(times.vote),
    next: quantiles(times.next),
  };
}

async function joinAll(town: ServedTown, count: number): Promise<{ token: string; statement: string }[]> {
  const people: { token: string; statement: string }[] = [];
  for (let i = 0; i < count; i += 100) {
    const some = Array.from({ length: Math.min(100, count - i) }, async () => {
      const token = await town.join();
      const { body } = await town.ask("next", token);
      return { token, statement: nextSchema.parse(body).statement?.id ?? "" };
    });
    people.push(...(await Promise.all(some)));
  }
  return people;
}

function quantiles(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? 0 };
}
