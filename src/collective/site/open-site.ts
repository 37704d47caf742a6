import { PreceptError } from "../../errors.ts";
import { contentHash } from "../../storage/index.ts";
import { type emptyHead, type NewEvent, openStore, type StorePlace } from "../store/index.ts";
import { Analyst } from "./analyst.ts";
import { type Configuration, configurationHash } from "./configuration.ts";
import { configurationOf, LogReader } from "./log-reader.ts";
import { Site, type SiteParts } from "./site.ts";
import { Tokens } from "./tokens.ts";

export interface OpenSiteOptions extends StorePlace, Pick<SiteParts, "random"> {
  /** Default: the one that the log holds. */
  readonly configuration?: Configuration | undefined;
  /** Told of failures that are the site's own. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** Opens a conversation, the first time or again. @throws PreceptError as `openStore`; usage where nothing says what it is about. */
export async function openSite(options: OpenSiteOptions): Promise<Site> {
  const { folder, url, random, onFailure = () => undefined } = options;
  const store = await openStore({ folder, url });
  try {
    const tokens = new Tokens(await store.keep("key", Tokens.newKey()));
    const configuration = options.configuration ?? (await readConfiguration(store, folder));
    // Published results go through the site, which is made with who computes them.
    const analyst = new Analyst({ folder, url }, (result) => site.publish(result), onFailure);
    const site: Site = new Site({ store, analyst, tokens, configuration, folder, random, onFailure });
    await site.start();
    const news = eventsOf(configuration, site);
    if (news.length > 0) await site.write(news);
    return site;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function readConfiguration(store: Parameters<typeof readHead>[0], folder: string): Promise<Configuration> {
  const head = await readHead(store);
  if (head.seq === 0) {
    throw new PreceptError("usage", {
      attempted: `Opening the conversation in ${folder}`,
      found: "an empty log",
      remedy: "give the conversation's file: precept collective open town.yaml",
    });
  }
  const reader = new LogReader(store);
  await reader.readTo(head.seq);
  return configurationOf(reader.state);
}

const readHead = async (store: Awaited<ReturnType<typeof openStore>>): Promise<typeof emptyHead> => store.head();

/** What a configuration says that the log does not yet: itself, and new seed statements. */
function eventsOf(configuration: Configuration, { state, now }: Site): NewEvent[] {
  const at = now();
  const known = Object.keys(state.configuration).length === 0 ? undefined : configurationOf(state);
  const isNew = known === undefined || configurationHash(known) !== configurationHash(configuration);
  const opened: NewEvent[] = isNew ? [{ event: { kind: "configuration", at, configuration } }] : [];
  const [first = "en"] = configuration.languages;
  const seeds = configuration.seeds.flatMap((seed): NewEvent[] => {
    const statement = contentHash(seed.text).slice(0, 10);
    if (state.statements.has(statement)) return [];
    const language = "language" in seed ? (seed.language ?? first) : first;
    const { text, isMeta } = seed;
    return [
      { event: { kind: "statement", at, statement, text, language, isSeed: true, isMeta }, key: `seed:${statement}` },
    ];
  });
  return [...opened, ...seeds];
}
