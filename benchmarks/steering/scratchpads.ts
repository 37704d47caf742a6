import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { LanguageModel, Message } from "../../src/language-model.ts";
import { rng } from "../../src/rng.ts";
import { scratchpad } from "../../src/steering/index.ts";

const pad = scratchpad(["thinking", "answer"]);

const things = [
  "bread",
  "a lamp",
  "rain",
  "a bicycle",
  "the moon",
  "soup",
  "a bridge",
  "salt",
  "a letter",
  "glass",
  "wool",
  "a clock",
];
const questions = [
  "What is {} for?",
  "Why do people like {}?",
  "How would you describe {} to a child?",
  "What can go wrong with {}?",
  "Where does {} come from?",
];

/** What a model wrote when it was asked for two sections, after one example. Kept in a file, so that it is asked once. */
export async function writtenScratchpads(
  open: () => Promise<LanguageModel>,
  count: number,
  file: string,
): Promise<string[]> {
  if (existsSync(file)) {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (Array.isArray(kept) && kept.length === count) return kept.map(String);
  }
  const model = await open();
  const example: Message[] = [
    { role: "user", content: `${pad.instruction}\n\nWhat is a spoon for?` },
    {
      role: "assistant",
      content: "<thinking>A spoon carries liquid to the mouth.</thinking>\n<answer>For eating soup.</answer>",
    },
  ];
  const requests = Array.from({ length: count }, (_, index) => {
    const thing = things[index % things.length] ?? "";
    const question = (questions[Math.floor(index / things.length) % questions.length] ?? "").replace("{}", thing);
    const asked: Message = { role: "user", content: `${pad.instruction}\n\n${question}` };
    // A third without the example: then the tags come out as the model likes them; a third with the first tag written for it.
    const prompt = index % 3 === 0 ? [asked] : [...example, asked];
    return { id: String(index), seed: index, prompt, prefill: index % 3 === 1 ? "<thinking>" : undefined };
  });
  const said = new Map<string, string>();
  for await (const { id, text } of model.generate(requests, { maxTokens: 90, temperature: 0.8 })) said.set(id, text);
  await model.dispose?.();
  const texts = requests.map(({ id, prefill = "" }) => prefill + (said.get(id) ?? ""));
  writeFileSync(file, JSON.stringify(texts, null, 1));
  return texts;
}

type Mutation = (text: string, draw: ReturnType<typeof rng>) => string;

const mutations: Readonly<Record<string, Mutation>> = {
  "closing tag of thinking lost": (text) => text.replace(/<\/thinking>/i, ""),
  "opening tag of thinking lost": (text) => text.replace(/<thinking>/i, ""),
  "tags in capitals": (text) => text.replace(/<\/?\w+>/g, (tag) => tag.toUpperCase()),
  "tags escaped for HTML": (text) => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  "attributes and spaces": (text) => text.replace(/<(\w+)>/g, '< $1 lang="en">'),
  "an answer spoken of in thinking": (text) => text.replace(/<thinking>/i, "$&First <answer>no</answer>, then "),
  "in a fence of code": (text) => `\`\`\`xml\n${text}\n\`\`\``,
  "cut anywhere": (text, draw) => text.slice(0, draw.integer(Math.max(1, text.length))),
};

interface Sample {
  readonly text: string;
  /** What stood in thinking before anything was changed. */
  readonly thinking: string;
  /** Everything else. */
  readonly rest: string;
}

function sampleOf(text: string): Sample {
  const inside = /<thinking>([\s\S]*?)(?:<\/thinking>|$)/gi;
  return {
    text,
    thinking: [...text.matchAll(inside)].map(([, own]) => own).join("\n"),
    rest: text.replace(inside, " "),
  };
}

/** Signs in a row that prove that thinking was shown. */
const proof = 16;

function leaks(shown: string, { thinking, rest }: Sample): boolean {
  for (let at = 0; at + proof <= thinking.length; at++) {
    const piece = thinking.slice(at, at + proof);
    if (!rest.includes(piece) && shown.includes(piece)) return true;
  }
  return false;
}

/** What a reader has before him at the end of a stream, cut at random. */
function follow(text: string, draw: ReturnType<typeof rng>): string {
  const stream = pad.stream();
  let shown = "";
  const take = (parts: ReturnType<typeof stream.push>): void => {
    for (const part of parts) shown = "restart" in part ? "" : shown + part.text;
  };
  for (let at = 0; at < text.length; ) {
    const to = at + 1 + draw.integer(9);
    take(stream.push(text.slice(at, to)));
    at = to;
  }
  take(stream.finish());
  return shown;
}

/** The splitter that one would write first: what follows the last opening tag, up to the closing one. */
const naive = (text: string): string => (text.split("<answer>").at(-1) ?? "").split("</answer>")[0] ?? "";

export interface ScratchpadFigures {
  readonly kind: string;
  readonly n: number;
  readonly withThinking: number;
  readonly answers: number;
  readonly exact: number;
  readonly leaked: number;
  readonly naiveLeaked: number;
  readonly differs: number;
}

/** Every text as it is and `changed` changed ones: shown thinking, by our splitter and by a naive one. */
export function measureScratchpads(texts: readonly string[], changed: number): ScratchpadFigures[] {
  const draw = rng(1, "scratchpads");
  const originals = texts.map(sampleOf);
  const able = originals.filter(({ thinking }) => thinking.length >= proof);
  const kinds = Object.entries(mutations);
  const groups = new Map<string, Sample[]>([["as written", originals]]);
  for (let n = 0; n < changed && able.length > 0; n++) {
    const [kind, mutate] = kinds[n % kinds.length] ?? ["", (text: string) => text];
    const own = draw.pick(able);
    groups.set(kind, [...(groups.get(kind) ?? []), { ...own, text: mutate(own.text, draw) }]);
  }
  return [...groups].map(([kind, samples]) => {
    const read = samples.map((sample) => {
      const shown = follow(sample.text, draw);
      const { sections, certainty } = pad.parse(sample.text);
      return {
        certainty,
        isAnswered: sections["answer"] !== undefined,
        isLeaked: leaks(shown, sample) || /<\/?(?:thinking|answer)\s*>/i.test(shown),
        isNaiveLeaked: leaks(naive(sample.text), sample),
        isDifferent: shown !== (sections["answer"] ?? ""),
      };
    });
    const count = (of: (one: (typeof read)[number]) => boolean): number => read.filter(of).length;
    return {
      kind,
      n: samples.length,
      withThinking: samples.filter(({ thinking }) => thinking.length >= proof).length,
      answers: count(({ isAnswered }) => isAnswered),
      exact: count(({ certainty }) => certainty === "exact"),
      leaked: count(({ isLeaked }) => isLeaked),
      naiveLeaked: count(({ isNaiveLeaked }) => isNaiveLeaked),
      differs: count(({ isDifferent }) => isDifferent),
    };
  });
}

/** The figures as a table. */
export function scratchpadTable(figures: readonly ScratchpadFigures[]): string {
  const row = (one: ScratchpadFigures): string =>
    `| ${[one.kind, one.n, one.withThinking, one.answers, one.exact, one.leaked, one.naiveLeaked].join(" | ")} |`;
  const whole = figures.reduce((sum, { leaked }) => sum + leaked, 0);
  return [
    `${figures[0]?.n ?? 0} answers of the same model at temperature 0.8, two thirds of them after an example and half of those begun with <thinking> by us, and 200 changed ones; streamed in pieces of 1 to 9 signs. Shown thinking means ${proof} signs in a row of it, or a tag.`,
    "",
    "| | n | with thinking | answer found | exact | thinking shown | by a naive splitter |",
    "| --- | --: | --: | --: | --: | --: | --: |",
    ...figures.map(row),
    "",
    `Thinking shown: ${whole} of ${figures.reduce((sum, { n }) => sum + n, 0)}. What the stream showed differed from the answer read whole ${figures.reduce((sum, { differs }) => sum + differs, 0)} times.`,
  ].join("\n");
}
