/** What was loaded last, so that going to and fro asks nobody and waits for nothing. */
export class Memory {
  private readonly values = new Map<string, unknown>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** What is remembered; undefined where it is not. */
  peek<T>(key: string): T | undefined {
    return this.values.get(key) as T | undefined;
  }

  /** Loads and remembers, the longest unused first to go. */
  async load<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.peek<T>(key);
    const value = known ?? (await load());
    this.values.delete(key);
    this.values.set(key, value);
    const [oldest] = this.values.keys();
    if (this.values.size > this.most && oldest !== undefined) this.values.delete(oldest);
    return value;
  }

  clear(): void {
    this.values.clear();
  }
}
