/** A place where options part or go on: the tokens said before it, and those that may come. */
export interface Fork {
  readonly path: readonly number[];
  readonly tokens: readonly number[];
}

/** Options as paths of tokens. */
export interface TokenPaths {
  /** What a prompt and all options after it share. */
  readonly shared: readonly number[];
  /** What is left of every option. */
  readonly tails: readonly (readonly number[])[];
  /** One for every beginning of a tail that goes on; asking each what comes next tells what every option weighs. */
  readonly forks: readonly Fork[];
}

/**
 * Cuts a prompt's tokens and those of prompt + option where the first of them differs: a token that straddles the boundary is counted
 * whole, for all options alike, as `massesFromEcho` does.
 */
export function pathsOf(prompt: readonly number[], wholes: readonly (readonly number[])[]): TokenPaths {
  let length = 0;
  while (length < prompt.length && wholes.every((whole) => whole[length] === prompt[length])) length++;
  const tails = wholes.map((whole) => whole.slice(length));
  const forks = new Map<string, { readonly path: readonly number[]; readonly tokens: Set<number> }>();
  for (const tail of tails) {
    for (const [place, token] of tail.entries()) {
      const path = tail.slice(0, place);
      const fork = forks.get(path.join()) ?? { path, tokens: new Set() };
      forks.set(path.join(), fork);
      fork.tokens.add(token);
    }
  }
  const shared = prompt.slice(0, length);
  return { shared, tails, forks: [...forks.values()].map(({ path, tokens }) => ({ path, tokens: [...tokens] })) };
}

/** P(option | what is shared) of every option. @param logprobs at every fork, by token; natural. */
export function massesFromForks(
  { tails, forks }: TokenPaths,
  logprobs: readonly ReadonlyMap<number, number>[],
): number[] {
  const byPath = new Map(forks.map(({ path }, index) => [path.join(), logprobs[index]]));
  return tails.map((tail) =>
    Math.exp(
      tail.reduce((sum, token, place) => {
        const logprob = byPath.get(tail.slice(0, place).join())?.get(token);
        return sum + (logprob ?? Number.NEGATIVE_INFINITY);
      }, 0),
    ),
  );
}
