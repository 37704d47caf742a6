/**
 * A model's configured name as records may show it: provider, model and address, without user, password or query of the address
 * and without the folders that a checkpoint lies in. An address alone stays one: which model it serves is known once it is open.
 */
export function recordName(name: string): string {
  const at = name.search(/(?:^|@|:)https?:\/\//);
  if (at >= 0) {
    const start = name.startsWith("http") ? 0 : at + 1;
    const model = name.slice(0, Math.max(0, start - 1));
    return `${model === "" ? "openai-compatible" : model}@${name.slice(start).split(",").map(shownAddress).join(",")}`;
  }
  const own = /^(local|llamacpp):(.+)$/.exec(name);
  return own === null ? name : `${own[1]}:${lastPart(own[2] ?? "")}`;
}

/** A name of records without its addresses: the same model at another address is the same model. */
export function withoutAddress(name: string): string {
  return name.replace(/@https?:\/\/.*$/, "");
}

/** An address without what may be secret in it: user, password, query. */
export function shownAddress(address: string): string {
  const url = URL.parse(address.trim());
  return url === null ? "an address that is none" : `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "");
}
