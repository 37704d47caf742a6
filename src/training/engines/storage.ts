/** Files by name below one place that client and cluster both reach; names have slashes. */
export interface JobStorage {
  /** As the cluster names it. */
  readonly url: string;
  /** Of the files whose name begins so, in the same folder. */
  list(prefix: string): Promise<string[]>;
  /** Of all files in a folder and below. */
  tree(folder: string): Promise<string[]>;
  /** From a byte on; undefined where there is no such file. */
  read(name: string, from?: number): Promise<Buffer | undefined>;
  write(name: string, content: string): Promise<void>;
  /** A file of this machine goes there, whole or not at all. */
  send(file: string, name: string): Promise<void>;
  /** … and comes here. */
  fetch(name: string, file: string): Promise<void>;
  remove(name: string): Promise<void>;
}
