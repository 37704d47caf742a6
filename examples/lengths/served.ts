// A room that the viewer does not have, on the server: docs/viewer.md walks through it.
import { responseSchema, slExampleSchema } from "../../src/feedback/index.ts";
import { type OpenedRun, type ServedRoom, wordsOf } from "../../src/view/index.ts";
import type { Lengths, ShrunkChain } from "./lengths.ts";

/** Chains that one answer reads. */
const mostRead = 400;
const mostShown = 20;
const revised = { facets: { source: ["revision"] } };

export const lengthsRoom: ServedRoom = {
  name: "lengths",
  async count({ run, chains }) {
    await run.listFile("sl-cai")?.index.wait();
    return chains.countOf("source", "revision") === 0 ? undefined : null;
  },
  answers: { lengths: (opened) => readLengths(opened) },
  async share({ keep }) {
    keep(["lengths"]);
  },
};

async function readLengths({ run, chains }: OpenedRun): Promise<Lengths> {
  await run.listFile("sl-cai")?.index.wait(true);
  const lengths = chains.samples(revised, mostRead).flatMap(lengthOf);
  const named = new Map<string, { shorter: number; longer: number; same: number }>();
  for (const { principle, before, after } of lengths) {
    const counts = named.get(principle) ?? { shorter: 0, longer: 0, same: 0 };
    counts[after < before ? "shorter" : after > before ? "longer" : "same"] += 1;
    named.set(principle, counts);
  }
  const rowsOf = (id: string): number => lengths.filter(({ principle }) => principle === id).length;
  return {
    chains: chains.countOf("source", "revision"),
    read: lengths.length,
    medianBefore: median(lengths.map(({ before }) => before)),
    medianAfter: median(lengths.map(({ after }) => after)),
    principles: [...named]
      .map(([id, counts]) => ({ id, ...counts }))
      .sort((a, b) => rowsOf(b.id) - rowsOf(a.id) || (a.id < b.id ? -1 : 1)),
    shrunk: lengths
      .filter(({ before, after }) => after < before)
      .sort((a, b) => a.after / a.before - b.after / b.before)
      .slice(0, mostShown)
      .map(({ id, title, before, after }) => ({ id, title, before, after })),
  };
}

/** Of a chain with its answer and its last revised row. */
function lengthOf(
  records: ReturnType<OpenedRun["chains"]["samples"]>[number],
): (ShrunkChain & { principle: string })[] {
  const response = records.map((record) => responseSchema.safeParse(record).data).find((one) => one !== undefined);
  const row = records
    .flatMap((record) => slExampleSchema.safeParse(record).data ?? [])
    .filter(({ source }) => source === "revision")
    .sort((a, b) => b.round - a.round)[0];
  if (response === undefined || row === undefined) return [];
  return [
    {
      id: row.promptId,
      title: response.messages.findLast(({ role }) => role === "user")?.content ?? row.promptId,
      principle: row.principleId ?? "",
      before: wordsOf(response.response).length,
      after: wordsOf(row.completion).length,
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted[Math.floor(sorted.length / 2)] ?? 0];
  return (low + high) / 2;
}
