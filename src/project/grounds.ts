import { relative, resolve } from "node:path";
import type { Constitution } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import type { CritiqueGrounds } from "../feedback/index.ts";
import { critiqueGrounds, readDocuments, type SourceDocument } from "../retrieval/index.ts";
import type { LoadedConfig } from "./config/config.ts";

/** The constitution's name among the documents. */
const constitutionId = "constitution";

/** What the critiques of a project may quote; undefined where the configuration names nothing. @throws what `readDocuments` does. */
export async function groundsOf(
  { config: { grounds }, folder }: LoadedConfig,
  constitution: Constitution,
): Promise<CritiqueGrounds | undefined> {
  if (grounds === undefined) return undefined;
  const { docs, constitution: isQuoted = true, passages } = grounds;
  const read = docs === undefined ? [] : (await readDocuments(resolve(folder, docs))).documents;
  const documents = isQuoted ? [constitutionDocument(constitution), ...read] : read;
  return critiqueGrounds({ documents, limit: passages });
}

/** A configuration whose critiques may quote these documents too. @throws PreceptError usage on harbor, whose model reads no documents. */
export function withDocs(loaded: LoadedConfig, docs: string | undefined): LoadedConfig {
  if (docs === undefined) return loaded;
  const { config, folder } = loaded;
  if (config.world !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Giving critiques documents to quote",
      found: "a project on harbor",
      expected: "a project on models of yours: harbor's language has a few hundred words",
      remedy: "leave out --docs",
    });
  }
  const place = relative(folder, resolve(docs)) || ".";
  return { ...loaded, config: { ...config, grounds: { ...config.grounds, docs: place } } };
}

/** Every principle under a heading of its own, so that each is a passage. */
function constitutionDocument({ principles }: Constitution): SourceDocument {
  return { id: constitutionId, text: principles.map(({ id, text }) => `# ${id}\n\n${text.trim()}`).join("\n\n") };
}
