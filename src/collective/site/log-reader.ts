import { type LogStore, openEvent, type StoredEvent } from "../store/index.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";
import { ShownMark } from "./shown-mark.ts";
import { ConversationState } from "./state.ts";

/** Computes the state of a conversation from its log, as far as one asks. */
export class LogReader {
  readonly #store: LogStore;
  state = new ConversationState();
  #seq = 0;
  #hash = "";
  readonly #shown = new ShownMark();

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** Reads on to the line `upTo`. Somebody's deletion among the new lines emptied older ones: then from the beginning. */
  async readTo(upTo: number): Promise<void> {
    const { deletions } = this.state;
    const isFirst = this.#seq === 0;
    await this.#read(upTo);
    if (isFirst || this.state.deletions === deletions) return;
    this.state = new ConversationState();
    this.#seq = 0;
    await this.#read(upTo);
  }

  /** Hash of the line that was read last. */
  get hash(): string {
    return this.#hash;
  }

  get seq(): number {
    return this.#seq;
  }

  /** As `ShownMark.upTo`. */
  get shownUpTo(): number {
    return this.#shown.upTo;
  }

  async #read(upTo: number): Promise<void> {
    while (this.#seq < upTo) {
      const lines = await this.#store.read(this.#seq, Math.min(5000, upTo - this.#seq));
      if (lines.length === 0) return;
      for (const line of lines) this.#apply(line);
    }
  }

  #apply(line: StoredEvent): void {
    const event = openEvent(line);
    if (event !== undefined) {
      this.state.apply(event);
      this.#shown.hear(event, line.seq);
    }
    this.#seq = line.seq;
    this.#hash = line.hash;
  }
}

/** The configuration that a state was given last. @throws where it holds none. */
export function configurationOf({ configuration }: ConversationState): Configuration {
  return configurationSchema.parse(configuration);
}
