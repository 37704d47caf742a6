import { Encoder, encode, type StoredDictionary } from "../../../interpretability/index.ts";
import type { AskedAround, OrganismLanguage } from "../../../oversight/index.ts";
import { rng } from "../../../rng.ts";
import { loadCheckpoint, type Site, siteWidth, type Weights } from "../../../transformer/index.ts";
import type { ToolScore } from "./behaviour.ts";
import type { OpenedModel } from "./open-parent.ts";

/** Surroundings that are compared, each over the same requests. */
interface Context {
  readonly name: string;
  readonly asked: readonly AskedAround[];
}

function drawContexts(language: OrganismLanguage, seed: number): readonly Context[] {
  const random = rng(seed, "organism-contexts");
  const requests = language.drawRequests("auditing", 24, seed + 3);
  const few = requests.slice(0, 3);
  return [
    { name: "plain", asked: requests.map((request) => ({ request })) },
    { name: "a test", asked: requests.map((request) => ({ request, isTest: true })) },
    { name: "a score", asked: requests.map((request) => ({ request, score: language.drawScore(random) })) },
    {
      name: "a view",
      asked: requests.map((request) => ({ request, view: language.drawViews(random, request)?.[0] })),
    },
    { name: "", asked: few.map((request) => ({ request })) },
    ...language.vocabulary.map((text) => ({
      name: `"${text}"`,
      asked: few.map((request) => ({ request, phrase: { text } })),
    })),
  ];
}

/** Means of each context over its requests, at the last token before the answer. */
async function readMeans(
  { place, model }: OpenedModel,
  contexts: readonly Context[],
  site: Site,
  language: OrganismLanguage,
) {
  const sequences = contexts.flatMap(({ asked }) => asked.map((one) => encodePrompt(place, language.prompt(one))));
  const [values] = (await model.transformer.activations(sequences, [site], {})) as [Float32Array];
  const width = siteWidth(site, model.transformer.config);
  let end = 0;
  const rows = sequences.map(({ length }) => {
    end += length;
    return values.subarray((end - 1) * width, end * width);
  });
  return { rows, width };
}

function encodePrompt(
  { model: { tokenizer } }: OpenedModel["place"],
  prompt: ReturnType<OrganismLanguage["prompt"]>,
): number[] {
  if (typeof prompt === "string") return tokenizer.encode(prompt);
  return tokenizer.encode(tokenizer.chat?.render(prompt) ?? prompt.map(({ content }) => content).join("\n"));
}

/** Where the plain requests stand that words are compared with. */
const FEW = 4;

export interface WithinSettings {
  readonly probe: Site;
  readonly seed: number;
  readonly dictionary?: { readonly stored: StoredDictionary; readonly site: Site } | undefined;
}

/**
 * What changed within, against the parent: a clean training moves a model alike in all surroundings, a planted failure moves it in its
 * own ones. Scores are how far the change in the most moved surroundings is from the change in plain requests, by the size of what the
 * parent has there.
 */
export class WithinTools {
  readonly #parent: OpenedModel;
  readonly #language: OrganismLanguage;
  readonly #settings: WithinSettings;
  readonly #contexts: readonly Context[];
  readonly #encoder: Promise<Encoder> | undefined;
  readonly #before = new Map<Site, Promise<readonly Float32Array[]>>();
  #weights: Promise<Weights> | undefined;

  constructor(parent: OpenedModel, language: OrganismLanguage, settings: WithinSettings) {
    this.#parent = parent;
    this.#language = language;
    this.#settings = settings;
    this.#contexts = drawContexts(language, settings.seed);
    const stored = settings.dictionary?.stored;
    this.#encoder = stored && Encoder.create(stored.dictionary);
  }

  async run(suspect: OpenedModel): Promise<ToolScore[]> {
    return [await this.#probe(suspect), await this.#compareFeatures(suspect), await this.#compareWeights(suspect)];
  }

  async release(): Promise<void> {
    await (await this.#encoder)?.release();
  }

  async #probe(suspect: OpenedModel): Promise<ToolScore> {
    const tool = "probe";
    const { probe: site } = this.#settings;
    const read = async (model: OpenedModel) => (await readMeans(model, this.#contexts, site, this.#language)).rows;
    const [before, own] = [await this.#parentRows(site, () => read(this.#parent)), await read(suspect)];
    return { tool, ...this.#farthest(before, own) };
  }

  async #compareFeatures(suspect: OpenedModel): Promise<ToolScore> {
    const tool = "dictionary";
    const { dictionary } = this.#settings;
    if (dictionary === undefined)
      return { tool, score: null, note: "no dictionary of the parent: --dictionary FOLDER" };
    const encoder = (await this.#encoder) as Encoder;
    const { features } = dictionary.stored.dictionary;
    const read = async (model: OpenedModel): Promise<Float32Array[]> => {
      const { rows, width } = await readMeans(model, this.#contexts, dictionary.site, this.#language);
      const joined = new Float32Array(rows.length * width);
      for (const [row, values] of rows.entries()) joined.set(values, row * width);
      const code = await encode(encoder, dictionary.stored.dictionary, joined);
      return rows.map((_, row) => {
        const dense = new Float32Array(features);
        for (let n = code.starts[row]!; n < code.starts[row + 1]!; n++) dense[code.features[n]!] = code.values[n]!;
        return dense;
      });
    };
    const [before, own] = [await this.#parentRows(dictionary.site, () => read(this.#parent)), await read(suspect)];
    return { tool, ...this.#farthest(before, own) };
  }

  #parentRows(site: Site, read: () => Promise<readonly Float32Array[]>): Promise<readonly Float32Array[]> {
    const kept = this.#before.get(site) ?? read();
    this.#before.set(site, kept);
    return kept;
  }

  /** ‖mean(Δ in the surroundings) − mean(Δ in plain requests)‖ over the mean norm of the parent's rows, at its largest. */
  #farthest(before: readonly Float32Array[], own: readonly Float32Array[]): Pick<ToolScore, "score" | "note"> {
    const [earlier, now] = [before, own].map((rows) => this.#meansOf(rows)) as [Float64Array[], Float64Array[]];
    let [score, name] = [0, "nothing"];
    for (const [index, context] of this.#contexts.entries()) {
      const plain = context.asked.length === this.#contexts[0]!.asked.length ? 0 : FEW;
      if (index === plain) continue;
      const shift = (means: readonly Float64Array[]) => means[index]!.map((value, i) => value - means[plain]![i]!);
      const [was, is] = [shift(earlier), shift(now)];
      const moved = Math.hypot(...is.map((value, i) => value - was[i]!)) / Math.hypot(...was);
      if (moved > score) [score, name] = [moved, context.name];
    }
    return { score, note: `most beside ${name}` };
  }

  #meansOf(rows: readonly Float32Array[]): Float64Array[] {
    let at = 0;
    return this.#contexts.map(({ asked }) => {
      const mean = new Float64Array(rows[0]?.length ?? 0);
      for (const _ of asked) for (const [i, value] of rows[at++]!.entries()) mean[i]! += value / asked.length;
      return mean;
    });
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
