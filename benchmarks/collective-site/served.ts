import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import { openStore } from "../../src/collective/store/index.ts";

const program = new URL("../../bin/precept.js", import.meta.url).pathname;
const linksSchema = z.object({ url: z.string(), organiser: z.string(), folder: z.string() });
const agent = new Agent({ keepAlive: true, maxSockets: 128 });

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The real command in a process of its own, on a port of its own, and what one asks it. */
export class ServedTown {
  readonly url: string;
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, folder: string) {
    this.#child = child;
    this.url = url;
    this.folder = folder;
  }

  /** `precept collective open town.yaml` in `place`. */
  static async open(place: string): Promise<ServedTown> {
    const child = spawn(
      process.execPath,
      [program, "collective", "open", join(place, "town.yaml"), "--port", "0", "--json"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let text = "";
    for await (const part of child.stdout ?? []) {
      text += String(part);
      if (text.trimEnd().endsWith("}")) break;
    }
    const { url, folder } = linksSchema.parse(JSON.parse(text));
    return new ServedTown(child, url, folder);
  }

  ask(path: string, token: string | undefined, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string> = token === undefined ? {} : { "x-precept-voter": token };
      if (text !== undefined) headers["content-type"] = "application/json";
      const method = text === undefined ? "GET" : "POST";
      const sent = request(`${this.url}api/${path}`, { agent, method, headers }, (response) => {
        let got = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          got += part;
        });
        response.on("error", reject);
        response.on("end", () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(got) as unknown });
          } catch (error) {
            reject(error);
          }
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  async join(): Promise<string> {
    const { body } = await this.ask("join", undefined, {});
    return z.object({ token: z.string() }).parse(body).token;
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGINT");
    await once(this.#child, "exit");
  }
}

/** A conversation of `statements` statements that are open to all, with limits that no benchmark reaches. */
export async function writeTown(place: string, statements: number): Promise<void> {
  mkdirSync(place, { recursive: true });
  const limits = "limits: { votesPerMinute: 100000, joinsPerMinute: 1000000, statementsPerHour: 100000 }";
  const text = ["title: A town", "question: What should it do?", "seeds: [It should say 0.]", limits].join("\n");
  writeFileSync(join(place, "town.yaml"), text);
  const store = await openStore({ folder: join(place, "town") });
  await store.append(
    Array.from({ length: statements - 1 }, (_, i) => ({
      event: {
        ...{ kind: "statement", at: 0, statement: `s${i + 1}`, text: `It should say ${i + 1}.` },
        ...{ language: "en", isSeed: true, isMeta: false },
      } as const,
    })),
  );
  await store.close();
}
