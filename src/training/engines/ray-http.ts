import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { isLoopback } from "../../listening.ts";
import { keepSecret, send } from "../../models/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { tryJson } from "../../storage/index.ts";
import type { RayPackage } from "./ray-package.ts";

const status = z.enum(["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]);
const jobSchema = z.looseObject({
  submission_id: z.string(),
  status,
  message: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

/** What Ray says of a job. */
export interface RayJob {
  readonly id: string;
  readonly status: z.infer<typeof status>;
  /** Last line of what it says. */
  readonly message: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RayAccess {
  /** Of the head's dashboard, e.g. http://127.0.0.1:8265. */
  readonly address: string;
  /** Go on where a cluster elsewhere asks nobody for a token, or is sent it by http: in the clear. */
  readonly allowOpen?: boolean | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What a job is submitted with. */
export interface Submission {
  readonly id: string;
  readonly entrypoint: string;
  readonly package: RayPackage;
  readonly variables: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Request {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: string | Uint8Array;
}

/** Milliseconds that an answer may take. */
const answerMs = 30_000;

/**
 * The Jobs API of Ray 2.60 over Node's own HTTP client: Ray refuses what looks like a browser, and `fetch` does.
 */
export class RayJobs {
  readonly address: URL;
  readonly #token: string | undefined;

  private constructor(address: URL, token: string | undefined) {
    this.address = address;
    this.#token = token;
  }

  /** @throws PreceptError usage where this is no Ray, or one that is open to anybody; key-missing, key-rejected, endpoint-down. */
  static async open({ address, allowOpen = false, env = process.env }: RayAccess): Promise<RayJobs> {
    const url = parseAddress(address);
    // Without a token first: whether anybody may start programs there.
    const open = await new RayJobs(url, undefined).#send({ method: "GET", path: "api/version" });
    const isOpen = open.status !== 401 && open.status !== 403;
    const token = isOpen ? undefined : findToken(env);
    const isHere = isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    if (token !== undefined && url.protocol === "http:" && !isHere && !allowOpen) {
      throw new PreceptError("usage", {
        attempted: `Opening the Ray cluster at ${url.origin}`,
        found: "it wants the token, and http: sends it in the clear: whoever reads it runs programs on every node",
        expected: "https:, or a tunnel to this machine: ssh -L, kubectl port-forward",
        remedy: "in a network that is yours alone: --ray-open, or ray.open: true in precept.config.yaml",
      });
    }
    const jobs = new RayJobs(url, token);
    const answer = isOpen ? open : await jobs.#send({ method: "GET", path: "api/version" });
    jobs.#refuse(answer);
    const version = z.looseObject({ ray_version: z.string() }).safeParse(tryJson(answer.text));
    if (!version.success) throw jobs.#strange(answer);
    if (isOpen && !allowOpen && !isHere) {
      throw new PreceptError("usage", {
        attempted: `Opening the Ray cluster at ${url.origin}`,
        found: "it asks nobody for a token: whoever reaches it runs programs on it",
        expected: "a cluster with RAY_AUTH_MODE=token, behind TLS or a tunnel",
        remedy:
          "ray get-auth-token --generate, and start the head with it; in a network that is yours alone: --ray-open",
      });
    }
    return jobs;
  }

  /** What is known of a job; undefined where the cluster does not know it. */
  async find(id: string): Promise<RayJob | undefined> {
    const answer = await this.#send({ method: "GET", path: `api/jobs/${id}` });
    if (answer.status === 404) return undefined;
    const { submission_id, message, metadata, ...job } = this.#parse(answer, jobSchema);
    return { id: submission_id, status: job.status, message: lastLine(message ?? ""), metadata: metadata ?? {} };
  }

  /** Uploads the code, where it is not there, and submits; false where the id was used before. */
  async submit({ id, entrypoint, package: code, variables, metadata }: Submission): Promise<boolean> {
    const path = `api/packages/gcs/${code.name}`;
    const there = await this.#send({ method: "GET", path });
    if (there.status === 404) this.#refuse(await this.#send({ method: "PUT", path, body: code.bytes }));
    else this.#refuse(there);
    const body = {
      submission_id: id,
      entrypoint,
      entrypoint_num_cpus: 0,
      runtime_env: { working_dir: `gcs://${code.name}`, env_vars: variables },
      metadata,
    };
    const answer = await this.#send({ method: "POST", path: "api/jobs/", body: JSON.stringify(body) });
    if (answer.status === 500 && (await this.find(id)) !== undefined) return false;
    this.#refuse(answer);
    return true;
  }

  /** Asks a job to end: SIGTERM, and SIGKILL three seconds later. */
  async stop(id: string): Promise<void> {
    this.#refuse(await this.#send({ method: "POST", path: `api/jobs/${id}/stop` }));
  }

  /** Where a person reads what it printed. */
  logsOf = (id: string): string => new URL(`api/jobs/${id}/logs`, this.address).href;

  async #send({ method, path, body }: Request): Promise<{ readonly status: number; readonly text: string }> {
    const headers = omitUndefined({
      authorization: this.#token && `Bearer ${this.#token}`,
      "content-type": typeof body === "string" ? "application/json" : undefined,
    });
    try {
      return await send(new URL(path, this.address), { method, headers, body }, AbortSignal.timeout(answerMs));
    } catch (cause) {
      throw new PreceptError("endpoint-down", {
        attempted: `Asking the Ray cluster at ${this.address.origin}`,
        found: cause instanceof Error ? cause.message : String(cause),
        remedy: "check that the head runs, and that its port 8265 (or a tunnel to it) is reached from here",
        cause,
      });
    }
  }

  /** @throws PreceptError for every answer that is no success. */
  #refuse({ status, text }: { readonly status: number; readonly text: string }): void {
    if (status < 300) return;
    const attempted = `Asking the Ray cluster at ${this.address.origin}`;
    if (status === 401) {
      throw new PreceptError("key-missing", {
        attempted,
        found: "401: it wants a token, and none was found",
        expected: "RAY_AUTH_TOKEN, a file that RAY_AUTH_TOKEN_PATH names, or ~/.ray/auth_token",
        remedy: "copy the cluster's token (on its head: ray get-auth-token) into one of them",
      });
    }
    if (status === 403) {
      throw new PreceptError("key-rejected", {
        attempted,
        found: "403: it has another token than the one that was sent",
        remedy:
          "look for an old token: RAY_AUTH_TOKEN comes before RAY_AUTH_TOKEN_PATH, and that before ~/.ray/auth_token",
      });
    }
    if (/^\s*</.test(text)) throw this.#strange({ status, text });
    throw new PreceptError("upstream-failed", {
      attempted,
      found: `${status}: ${lastLine(text) ?? "no reason"}`,
      remedy: "give the same command again; should it come back, the head's dashboard.log has the whole story",
    });
  }

  #parse<T>(answer: { readonly status: number; readonly text: string }, schema: z.ZodType<T>): T {
    this.#refuse(answer);
    const parsed = schema.safeParse(tryJson(answer.text));
    if (!parsed.success) throw this.#strange(answer);
    return parsed.data;
  }

  #strange({ status, text }: { readonly status: number; readonly text: string }): PreceptError {
    const what = /^\s*</.test(text) ? "HTML" : "something that is not its JSON";
    return new PreceptError("usage", {
      attempted: `Opening the Ray cluster at ${this.address.origin}`,
      found: `${what} (status ${status}): no Jobs API of Ray answers there`,
      expected: "the address of the head's dashboard, port 8265 by default",
      remedy: "check the address; a proxy's sign-in page needs a tunnel instead: kubectl port-forward, ssh -L",
    });
  }
}

function parseAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // Never repeated: it would stand in what is printed and in the run's manifest.
  if (url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` !== "") {
    throw new PreceptError("usage", {
      attempted: `Opening the Ray cluster at ${url.host}`,
      found: url.username + url.password === "" ? "an address with ? or #" : "a name or a password in the address",
      expected: "http://HOST:8265 or https://HOST alone",
      remedy: "the token goes into RAY_AUTH_TOKEN, or into ~/.ray/auth_token",
    });
  }
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    return url;
  }
  throw new PreceptError("usage", {
    attempted: "Opening a Ray cluster",
    found: address,
    expected: "http://HOST:8265 or https://HOST, the address of the head's dashboard",
    remedy: address.startsWith("ray://")
      ? "ray:// is Ray Client's protocol: jobs go to the dashboard, port 8265"
      : undefined,
  });
}

/** As Ray itself looks for it. */
function findToken(env: NodeJS.ProcessEnv): string | undefined {
  const own = env["RAY_AUTH_TOKEN"]?.trim();
  const named = env["RAY_AUTH_TOKEN_PATH"]?.trim();
  const path = named !== undefined && named !== "" ? named : join(env["HOME"] ?? homedir(), ".ray", "auth_token");
  const token = own !== undefined && own !== "" ? own : existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  if (token === "") return undefined;
  keepSecret(token);
  return token;
}

/** Of a traceback that is what matters. */
function lastLine(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.findLast((line) => line !== "")?.slice(0, 300);
}
