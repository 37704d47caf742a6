/** Rejections by chance are few; more than this share is never taken for chance. */
const MOST_BY_CHANCE = 0.1;
/** Calls at half the limit after which its rejections are judged. */
const TRIAL_CALLS = 300;

/** What was called and rejected since some moment. */
interface Tally {
  readonly calls: number;
  readonly rejected: number;
}

/**
 * Some endpoints reject by chance, whatever the load. Where half the limit still brings a small share of rejections, the
 * limit is to be given back, and rejections of that share then make their own requests wait and nothing else.
 */
export class Rejections {
  /** Rejected among the last thirty or so. */
  #recent = 0;
  /** Rejected among the last two hundred or so. */
  #long = 0;
  /** The share that is rejected by chance; 0 while nothing speaks for it. */
  #chance = 0;
  /** Where cutting began, and what happened since the limit had come down to half. */
  #trial: { readonly limit: number; readonly since?: Tally } | undefined;

  get share(): number {
    return this.#recent;
  }

  /** Counts one call; the limit to go back to where its rejections turn out to be chance. */
  count(isRejected: boolean, limit: number): number | undefined {
    const own = isRejected ? 1 : 0;
    this.#recent += 0.03 * (own - this.#recent);
    this.#long += 0.005 * (own - this.#long);
    if (this.#trial === undefined || limit > 0.5 * this.#trial.limit) return undefined;
    const { calls, rejected } = this.#trial.since ?? { calls: 0, rejected: 0 };
    const since = { calls: calls + 1, rejected: rejected + own };
    this.#trial = { limit: this.#trial.limit, since };
    if (since.calls < TRIAL_CALLS) return undefined;
    const before = this.#trial.limit;
    this.#trial = undefined;
    const share = since.rejected / since.calls;
    if (since.rejected < 2 || share > MOST_BY_CHANCE) return undefined;
    this.#chance = share;
    this.#long = share;
    return before;
  }

  /** Whether a rejection is one of those that come by chance. An endpoint that says when to come back is counting. */
  isByChance(limit: number, isTimed: boolean): boolean {
    if (this.#chance > 0 && this.#long <= 1.5 * this.#chance + 0.02) return true;
    this.#chance = 0;
    if (isTimed) this.#trial = undefined;
    else this.#trial ??= { limit };
    return false;
  }
}
