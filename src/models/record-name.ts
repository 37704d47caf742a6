/** A model's name without the address of its endpoint and without the folders it lies in. */
export function recordName(name: string): string {
  const plain = name.replace(/@https?:\/\/.*$/, "");
  if (/^https?:/.test(plain)) return "openai-compatible";
  const own = /^(local|llamacpp):(.+)$/.exec(plain);
  return own === null ? plain : `${own[1]}:${lastPart(own[2] ?? "")}`;
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "");
}
