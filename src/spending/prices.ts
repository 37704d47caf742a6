/** US dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

interface PriceList {
  /** Where a provider states its prices. */
  readonly source: string;
  /** When they were last known to stand there. */
  readonly asOf: string;
  /** By the model's name without its date. Longer prompts than are usual here may cost more. */
  readonly prices: Readonly<Record<string, Price>>;
}

const price = (input: number, output: number): Price => ({ input, output });

/**
 * List prices, from stored copies of the pages named and transcripts that quote them (no provider could be asked itself);
 * models without such a copy are left out. A configuration's `prices` go before them.
 */
const priceLists: readonly PriceList[] = [
  {
    source: "https://platform.claude.com/docs/en/about-claude/pricing",
    asOf: "2026-10-24",
    prices: {
      "anthropic:claude-3-haiku": price(0.25, 1.25),
      "anthropic:claude-3-5-haiku": price(0.8, 4),
      "anthropic:claude-haiku-4-5": price(1, 5),
      "anthropic:claude-haiku-5-5": price(0.1, 0.5),
      "anthropic:claude-3-7-sonnet": price(3, 15),
      "anthropic:claude-sonnet-4": price(3, 15),
      "anthropic:claude-sonnet-4-5": price(3, 15),
      "anthropic:claude-sonnet-4-6": price(3, 15),
      "anthropic:claude-sonnet-5": price(2, 10),
      "anthropic:claude-sonnet-5-5": price(2, 10),
      "anthropic:claude-opus-4": price(15, 75),
      "anthropic:claude-opus-4-1": price(15, 75),
      "anthropic:claude-opus-4-5": price(5, 25),
      "anthropic:claude-opus-4-6": price(5, 25),
      "anthropic:claude-opus-4-7": price(5, 25),
      "anthropic:claude-opus-4-8": price(5, 25),
      "anthropic:claude-opus-5": price(5, 25),
      "anthropic:claude-opus-5-5": price(4, 20),
    },
  },
  {
    source: "https://developers.openai.com/api/docs/pricing",
    asOf: "2026-05-04",
    prices: {
      "openai:gpt-5.5": price(5, 30),
      "openai:gpt-5.4": price(2.5, 15),
      "openai:gpt-5.4-mini": price(0.75, 4.5),
      "openai:gpt-5.4-nano": price(0.2, 1.25),
    },
  },
  {
    source: "https://developers.openai.com/api/docs/pricing",
    asOf: "2026-03-21",
    prices: {
      "openai:gpt-5.1": price(1.25, 10),
      "openai:gpt-5": price(1.25, 10),
      "openai:gpt-5-mini": price(0.25, 2),
      "openai:gpt-5-nano": price(0.05, 0.4),
      "openai:gpt-4.1": price(2, 8),
      "openai:gpt-4.1-mini": price(0.4, 1.6),
      "openai:gpt-4.1-nano": price(0.1, 0.4),
      "openai:gpt-4o": price(2.5, 10),
      "openai:gpt-4o-mini": price(0.15, 0.6),
    },
  },
  {
    source: "https://ai.google.dev/gemini-api/docs/pricing",
    asOf: "2026-10-07",
    prices: {
      "google:gemini-3.5-flash": price(1.5, 9),
      "google:gemini-3.5-flash-lite": price(0.3, 2.5),
      "google:gemini-3.1-pro": price(2, 12),
    },
  },
  {
    source: "https://ai.google.dev/gemini-api/docs/pricing",
    asOf: "2026-03-21",
    prices: {
      "google:gemini-2.5-pro": price(1.25, 10),
      "google:gemini-2.5-flash": price(0.3, 2.5),
      "google:gemini-2.5-flash-lite": price(0.1, 0.4),
    },
  },
  {
    source: "https://groq.com/pricing",
    asOf: "2026-06-04",
    prices: { "groq:openai/gpt-oss-120b": price(0.15, 0.6) },
  },
];

const dates = priceLists.map(({ asOf }) => asOf).sort();
/** When the lists stood so, from the oldest to the newest. */
export const pricesAsOf = `${dates[0]} to ${dates.at(-1)}`;

/** What a name may go on with and still be the same model: a date, a version of it, "latest", "preview". */
const sameModel = /^(?:[-@](?:\d{3,8}|\d{4}-\d{2}-\d{2}|latest|preview(?:-[\d-]+)?))?$/;

/** Where a price comes from: the person, a dated list, or the fact that the model runs on one's own machines. */
export type KnownPrice = Price &
  ({ readonly from: "config" | "own" } | { readonly from: "table"; readonly source: string; readonly asOf: string });

/** The price of a model; undefined where nobody knows it. Own servers cost nothing unless the configuration says so. */
export function priceOf(name: string, given: Readonly<Record<string, Price>> = {}): KnownPrice | undefined {
  const plain = name.replace(/@https?:\/\/.*$/, "");
  const stated = given[name] ?? given[plain];
  if (stated !== undefined) return { ...stated, from: "config" };
  if (isOwn(name)) return { input: 0, output: 0, from: "own" };
  for (const { source, asOf, prices } of priceLists) {
    for (const [model, listed] of Object.entries(prices)) {
      if (plain.startsWith(model) && sameModel.test(plain.slice(model.length)))
        return { ...listed, from: "table", source, asOf };
    }
  }
  return undefined;
}

/** In this process, or behind addresses of this machine or network; a server elsewhere may send a bill. */
function isOwn(name: string): boolean {
  if (/^(?:local|llamacpp):/.test(name)) return true;
  const at = /^(?:(?:openai-compatible|ollama|vllm):(?:.*?@)?)?(https?:\/\/.*)$/.exec(name)?.[1];
  if (at === undefined) return /^(?:ollama|vllm):/.test(name);
  return at.split(",").every((address) => URL.canParse(address) && isNear(new URL(address).hostname));
}

function isNear(host: string): boolean {
  return (
    /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[(?:::1\]|f[cd]|fe80))/.test(host) ||
    /\.(?:local|internal|lan)$/.test(host) ||
    !/[.[]/.test(host)
  );
}
