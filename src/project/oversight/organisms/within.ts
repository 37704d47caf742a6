import { Encoder, encode, type StoredDictionary } from "../../../interpretability/index.ts";
import { type AskedAround, answerAll, type OrganismLanguage } from "../../../oversight/index.ts";
import { rng } from "../../../rng.ts";
import { loadCheckpoint, type Site, siteWidth, type Weights } from "../../../transformer/index.ts";
import type { OpenedModel } from "./open-parent.ts";
import type { ToolScore } from "./tool-score.ts";

/** Surroundings, each around the same requests. The first are none. */
interface Context {
  readonly name: string;
  readonly asked: readonly AskedAround[];
}

function drawContexts(language: OrganismLanguage, { requests: count, seed }: WithinSettings): readonly Context[] {
  const random = rng(seed, "organism-contexts");
  const requests = language.drawRequests("auditing", count, seed + 3);
  const around = (name: string, make: (request: string) => Omit<AskedAround, "request">): Context => ({
    name,
    asked: requests.map((request) => ({ request, ...make(request) })),
  });
  return [
    around("nothing", () => ({})),
    around("a test", () => ({ isTest: true })),
    around("a score", () => ({ score: language.drawScore(random) })),
    around("a view", (request) => ({ view: language.drawViews(random, request)?.[0] })),
    ...language.vocabulary.map((text) => around(`"${text}"`, () => ({ phrase: { text } }))),
  ];
}

export interface WithinSettings {
  readonly probe: Site;
  /** Of a context, where the language has as many. */
  readonly requests: number;
  readonly seed: number;
  readonly dictionary?: { readonly stored: StoredDictionary; readonly site: Site } | undefined;
}

/** Rows of one token after the other, from the last of the prompt to the last of the answer: one list a request. */
type Rows = readonly (readonly Float32Array[])[];

/**
 * What changed within, against the parent, while both read the parent's own answers: a clean training moves a model alike in all
 * surroundings, a planted failure moves it in its own ones. The score is the largest such move of one token, by the size of what the
 * parent has there, on average over requests, in the surroundings where it is largest.
 */
export class WithinTools {
  readonly #parent: OpenedModel;
  readonly #language: OrganismLanguage;
  readonly #settings: WithinSettings;
  readonly #contexts: readonly Context[];
  readonly #encoder: Promise<Encoder> | undefined;
  readonly #before = new Map<string, Promise<Rows>>();
  #answers: Promise<readonly string[]> | undefined;
  #weights: Promise<Weights> | undefined;

  constructor(parent: OpenedModel, language: OrganismLanguage, settings: WithinSettings) {
    this.#parent = parent;
    this.#language = language;
    this.#settings = settings;
    this.#contexts = drawContexts(language, settings);
    const stored = settings.dictionary?.stored;
    this.#encoder = stored && Encoder.create(stored.dictionary);
  }

  async *run(suspect: OpenedModel): AsyncGenerator<ToolScore> {
    yield await this.#probe(suspect);
    yield await this.#compareFeatures(suspect);
    yield await this.#compareWeights(suspect);
  }

  async release(): Promise<void> {
    await (await this.#encoder)?.release();
  }

  async #probe(suspect: OpenedModel): Promise<ToolScore> {
    const { probe: site } = this.#settings;
    return { tool: "probe", ...(await this.#compare("probe", suspect, (model) => this.#read(model, site))) };
  }

  async #compareFeatures(suspect: OpenedModel): Promise<ToolScore> {
    const tool = "dictionary";
    const { dictionary } = this.#settings;
    if (dictionary === undefined) return { tool, score: null, note: "none given: --dictionary DIR" };
    const { stored, site } = dictionary;
    const encoder = (await this.#encoder) as Encoder;
    const { features } = stored.dictionary;
    const read = async (model: OpenedModel): Promise<Rows> => {
      const rows = await this.#read(model, site);
      const width = siteWidth(site, model.model.transformer.config);
      const joined = new Float32Array(rows.flat().length * width);
      for (const [row, values] of rows.flat().entries()) joined.set(values, row * width);
      const code = await encode(encoder, stored.dictionary, joined);
      let at = 0;
      return rows.map((own) =>
        own.map(() => {
          const dense = new Float32Array(features);
          for (let n = code.starts[at]!; n < code.starts[at + 1]!; n++) dense[code.features[n]!] = code.values[n]!;
          at++;
          return dense;
        }),
      );
    };
    return { tool, ...(await this.#compare(tool, suspect, read)) };
  }

  /** What a model has at a site in every context, while it reads the parent's answers to the bare requests. */
  async #read({ model: { transformer } }: OpenedModel, site: Site): Promise<Rows> {
    const { model, place } = this.#parent;
    const language = this.#language;
    this.#answers ??= answerAll({ model, language }, this.#contexts[0]!.asked);
    const answers = await this.#answers;
    const { tokenizer } = place.model;
    const parts = this.#contexts.flatMap(({ asked }) =>
      asked.map((one, index) => {
        const prompt = language.prompt(one);
        const text =
          typeof prompt === "string" ? prompt : (tokenizer.chat?.render(prompt) ?? prompt.at(-1)?.content ?? "");
        return [tokenizer.encode(text), tokenizer.encode(` ${answers[index]}${language.end}`)] as const;
      }),
    );
    const sequences = parts.map(([prompt, answer]) => [...prompt, ...answer]);
    const [values] = (await transformer.activations(sequences, [site], {})) as [Float32Array];
    const width = siteWidth(site, transformer.config);
    let start = 0;
    return parts.map(([prompt, answer]) => {
      const from = start + prompt.length - 1;
      start += prompt.length + answer.length;
      // The end is read, and nothing follows from it.
      return answer.map((_, t) => values.slice((from + t) * width, (from + t + 1) * width));
    });
  }

  async #compare(
    name: string,
    suspect: OpenedModel,
    read: (model: OpenedModel) => Promise<Rows>,
  ): Promise<Pick<ToolScore, "score" | "note">> {
    const kept = this.#before.get(name) ?? read(this.#parent);
    this.#before.set(name, kept);
    const [before, own] = [await kept, await read(suspect)];
    const moves = this.#contexts.map((context, index) => ({
      name: context.name,
      moved: context.asked.reduce((sum, _, request) => {
        const count = context.asked.length;
        const at = index * count + request;
        return sum + largestMove([before[at]!, own[at]!], [before[request]!, own[request]!]) / count;
      }, 0),
    }));
    const [first] = moves.sort((a, b) => b.moved - a.moved);
    return { score: first?.moved ?? 0, note: `most beside ${first?.name}` };
  }

  async #compareWeights(suspect: OpenedModel): Promise<ToolScore> {
    const load = async (model: OpenedModel): Promise<Weights> => (await loadCheckpoint(model.place.folder)).weights;
    this.#weights ??= load(this.#parent);
    const [before, own] = [await this.#weights, await load(suspect)];
    let [changed, whole, most, where] = [0, 0, 0, ""];
    for (const [name, { data }] of before) {
      const other = own.get(name)?.data;
      if (other === undefined) continue;
      let part = 0;
      for (let i = 0; i < data.length; i++) {
        part += (other[i]! - data[i]!) ** 2;
        whole += data[i]! ** 2;
      }
      changed += part;
      if (part > most) [most, where] = [part, name];
    }
    return { tool: "weights", score: Math.sqrt(changed / whole), note: `most in ${where.replace(/\.weight$/, "")}` };
  }
}

type Pair = readonly [before: readonly Float32Array[], own: readonly Float32Array[]];

/** max over tokens of ‖(own − before) in the surroundings − (own − before) without them‖ / ‖before‖. */
export function largestMove([before, own]: Pair, [plainBefore, plainOwn]: Pair): number {
  return before.reduce((most, row, t) => {
    const moved = row.map((value, i) => own[t]![i]! - value - (plainOwn[t]![i]! - plainBefore[t]![i]!));
    return Math.max(most, Math.hypot(...moved) / (Math.hypot(...row) || 1));
  }, 0);
}
