import type { z } from "zod";
import { findChainFaults, isTrainable, responseSchema, revisionSchema, slExampleSchema } from "../../feedback/index.ts";
import type { Chains } from "../chains/chains.ts";
import { messagesOf, titleOf } from "../lists/item-records.ts";
import type { RawRecord } from "../segments/listing.ts";
import type { PrinciplePage } from "../source-rooms.ts";

type Example = PrinciplePage["examples"][number];

const shown = 4;
/** Of these, at most so many in which words are put back. */
const shownPutBacks = 2;

/** What a principle changed: some of the chains in which words are put back, and others evenly spread over the run. */
export function readExamples(chains: Chains, principle: string): Example[] {
  const own = { principle: [principle] };
  const quarrels = chains.samples({ facets: { ...own, pattern: ["put-back"] } }, 2 * shownPutBacks);
  const putBacks = quarrels.flatMap((records) => exampleOf(records, principle) ?? []).slice(0, shownPutBacks);
  const others = chains
    .samples({ facets: own }, 3 * shown)
    .flatMap((records) => exampleOf(records, principle) ?? [])
    .filter(({ chain }) => putBacks.every((one) => one.chain !== chain));
  const step = Math.max(1, Math.floor(others.length / (shown - putBacks.length)));
  return [...putBacks, ...others.filter((_, i) => i % step === 0)].slice(0, shown);
}

/** The first revision under the principle that changed anything; one that was undone before all others. */
function exampleOf(records: readonly RawRecord[], principle: string): Example | undefined {
  const read = <T>(schema: z.ZodType<T>): T[] => records.flatMap((record) => schema.safeParse(record).data ?? []);
  const [response] = read(responseSchema);
  const revisions = read(revisionSchema).sort((a, b) => a.round - b.round);
  const trainable = revisions.filter(({ outcome }) => isTrainable(outcome));
  if (response === undefined) return undefined;
  const { putBacks } = findChainFaults([response, ...revisions]);
  const nameOf = (round: number): string | undefined => trainable.find((one) => one.round === round)?.principleId;
  const undoerOf = (round: number): string | undefined => {
    const by = putBacks.find(({ ofRound }) => ofRound === round);
    return by === undefined ? undefined : nameOf(by.round);
  };
  const own = trainable.filter(({ principleId, outcome }) => principleId === principle && outcome === "usable");
  const chosen = own.find(({ round }) => undoerOf(round) !== undefined) ?? own[0];
  if (chosen === undefined) return undefined;
  const before = trainable.findLast(({ round }) => round < chosen.round);
  return {
    chain: response.promptId,
    request: titleOf(messagesOf(records)),
    round: chosen.round,
    rounds: revisions.length,
    after: before?.principleId ?? null,
    undoneBy: undoerOf(chosen.round) ?? null,
    isTrainedOn: read(slExampleSchema).some(({ source, round }) => source === "revision" && round === chosen.round),
    before: before?.revision ?? response.response,
    revised: chosen.revision,
  };
}
