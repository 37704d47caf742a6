import type { Site } from "./site.ts";
import { textShown } from "./text-shown.ts";

type ResultsSite = Pick<Site, "state" | "result" | "configuration">;

/** What everybody reads of the result: written once for all who ask, until the result or what may be shown is another. */
export class ResultsAnswer {
  #held:
    | { readonly state: unknown; readonly version: number; readonly hash: string; readonly text: string }
    | undefined;

  write(site: ResultsSite): string {
    const { result, state } = site;
    if (result === undefined) return JSON.stringify({ result: null, texts: {} });
    const { upTo, head, hash, published } = result;
    const held = this.#held;
    if (held?.state === state && held.version === state.version && held.hash === `${upTo} ${hash}`) return held.text;
    const { when } = site.configuration.moderation;
    const texts = Object.fromEntries(
      [...state.statements.keys()].flatMap((id) => {
        const text = textShown(state, id, when);
        return text === undefined ? [] : [[id, text] as const];
      }),
    );
    const own = JSON.stringify({ upTo, head, hash });
    const text = `{"result":${own.slice(0, -1)},${published.slice(1)},"texts":${JSON.stringify(texts)}}`;
    this.#held = { state, version: state.version, hash: `${upTo} ${hash}`, text };
    return text;
  }
}
