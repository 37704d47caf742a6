import { setTimeout as sleep } from "node:timers/promises";
import type { ServedModel, TextRequest } from "../served-model.ts";
import { EngineModel, type EngineModelOptions } from "./engine-model.ts";

/**
 * A checkpoint whose adapters change while it is served: each change loads the whole anew beside it, and answers that run end with
 * what they began with. For trials of what vLLM does in place.
 */
export class ReloadingModel implements ServedModel {
  readonly #place: string;
  readonly #options: EngineModelOptions;
  readonly #adapters: Map<string, string>;
  #now: EngineModel;
  /** Changes, one after the other. */
  #last: Promise<void> = Promise.resolve();

  private constructor(place: string, options: EngineModelOptions, now: EngineModel) {
    this.#place = place;
    this.#options = options;
    this.#adapters = new Map(options.adapters);
    this.#now = now;
  }

  static async load(place: string, options: EngineModelOptions = {}): Promise<ReloadingModel> {
    return new ReloadingModel(place, options, await EngineModel.load(place, options));
  }

  get name(): string {
    return this.#now.name;
  }

  get adapters(): readonly string[] {
    return this.#now.adapters;
  }

  get abilities(): EngineModel["abilities"] {
    return this.#now.abilities;
  }

  get vocabulary(): EngineModel["vocabulary"] {
    return this.#now.vocabulary;
  }

  prepare(request: TextRequest): ReturnType<EngineModel["prepare"]> {
    return this.#now.prepare(request);
  }

  occupancy(): ReturnType<EngineModel["occupancy"]> {
    return this.#now.occupancy();
  }

  loadAdapter(name: string, folder: string): Promise<void> {
    return this.#change((adapters) => adapters.set(name, folder));
  }

  unloadAdapter(name: string): Promise<void> {
    return this.#change((adapters) => adapters.delete(name));
  }

  close(): Promise<void> {
    return this.#now.close();
  }

  /** What cannot be loaded changes nothing. */
  #change(change: (adapters: Map<string, string>) => unknown): Promise<void> {
    const next = this.#last.then(async () => {
      const changed = new Map(this.#adapters);
      change(changed);
      const before = this.#now;
      this.#now = await EngineModel.load(this.#place, { ...this.#options, adapters: changed });
      this.#adapters.clear();
      for (const [name, folder] of changed) this.#adapters.set(name, folder);
      void this.#closeIdle(before);
    });
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #closeIdle(model: EngineModel): Promise<void> {
    for (;;) {
      // What was accepted a moment ago may not have begun.
      await sleep(100);
      const { running, waiting } = await model.occupancy();
      if (running + waiting === 0) return model.close();
    }
  }
}
