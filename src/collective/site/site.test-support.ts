import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { expect } from "vitest";
import type { Vote } from "../votes.ts";
import { type Configuration, configurationSchema, openSite, siteApp } from "./index.ts";
import { organiserHeader } from "./organiser-routes.ts";
import type { Site } from "./site.ts";
import { voterHeader } from "./voter-routes.ts";

export const town = (further: Readonly<Record<string, unknown>> = {}): Configuration =>
  configurationSchema.parse({
    title: "Our town",
    question: "What should the assistant of our town hall do?",
    languages: ["en", "ar"],
    seeds: ["It should answer in plain words.", "It should say when it does not know.", "It should never joke."],
    ...further,
  });

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Test support: a site without a network, and people who use it. */
export class TestTown {
  readonly folder: string;
  site: Site;
  app: Hono;
  #keys = 0;

  private constructor(folder: string, site: Site) {
    this.folder = folder;
    this.site = site;
    this.app = siteApp(site, folder);
  }

  static async open(further: Readonly<Record<string, unknown>> = {}): Promise<TestTown> {
    const folder = join(mkdtempSync(join(tmpdir(), "precept-site-")), "town");
    const onFailure = (error: unknown): void => expect.fail(String(error));
    return new TestTown(folder, await openSite({ folder, configuration: town(further), onFailure }));
  }

  async reopen(): Promise<void> {
    await this.site.close();
    this.site = await openSite({ folder: this.folder, onFailure: (error) => expect.fail(String(error)) });
    this.app = siteApp(this.site, this.folder);
  }

  /** One more for each: a key that no other post has. */
  newKey(): string {
    return `key-${String(this.#keys++).padStart(8, "0")}`;
  }

  async ask(path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
    const method = body === undefined ? "GET" : "POST";
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await this.app.request(path, { method, headers, body: text });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async join(invitation?: string): Promise<string> {
    const { body } = await this.ask("/api/join", {}, { invitation });
    return String(body["token"]);
  }

  as(token: string, path: string, body?: Record<string, unknown>): Promise<Answer> {
    return this.ask(path, { [voterHeader]: token }, body);
  }

  organise(path: string, body?: Record<string, unknown>): Promise<Answer> {
    const keyed = body === undefined || path === "invitations" ? body : { key: this.newKey(), ...body };
    return this.ask(`/api/organiser/${path}`, { [organiserHeader]: this.site.tokens.organiser }, keyed);
  }

  vote(token: string, statement: string, vote: Vote, key = this.newKey()): Promise<Answer> {
    return this.as(token, "/api/votes", { statement, vote, key });
  }

  get ids(): string[] {
    return [...this.site.state.statements.keys()];
  }

  async close(): Promise<void> {
    await this.site.close();
    rmSync(join(this.folder, ".."), { recursive: true, force: true });
  }
}
