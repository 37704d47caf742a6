import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { attemptsIn } from "./events.ts";

const stub = fileURLToPath(new URL("./stub-engine.test-support.ts", import.meta.url));

interface FakeJob {
  status: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "STOPPED";
  message: string;
  readonly body: {
    readonly submission_id: string;
    readonly metadata: Record<string, string>;
    readonly runtime_env: { readonly working_dir: string; readonly env_vars: Record<string, string> };
  };
  child?: ChildProcess;
}

/** Ray's Jobs API as 2.60 answers it; what runs is the stub engine in its MODE, or nothing for the mode "none". */
export class FakeRay {
  readonly jobs = new Map<string, FakeJob>();
  readonly packages = new Map<string, Buffer>();
  readonly requests: string[] = [];
  mode = "plain";
  /** Wanted of everybody, where it is given. */
  token: string | undefined;
  /** Answered instead, by what a request begins with. */
  readonly instead = new Map<string, { readonly status: number; readonly text: string }>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const { child } of this.jobs.values()) child?.kill("SIGKILL");
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method} ${request.url}`;
    this.requests.push(line);
    const { status, text } = this.#refuse(request, line) ?? this.#act(line, Buffer.concat(chunks));
    response.writeHead(status).end(text);
  }

  #refuse({ headers, method }: IncomingMessage, line: string): Answer | undefined {
    const isBrowser =
      headers["sec-fetch-mode"] !== undefined ||
      headers.origin !== undefined ||
      headers.referer !== undefined ||
      headers["user-agent"]?.startsWith("Mozilla") === true;
    if (isBrowser && method !== "GET") return { status: 405, text: "Method Not Allowed for browser traffic." };
    if (this.token !== undefined && headers.authorization === undefined)
      return { status: 401, text: "Unauthorized: Missing authentication token" };
    if (this.token !== undefined && headers.authorization !== `Bearer ${this.token}`)
      return { status: 403, text: "Forbidden: Invalid authentication token" };
    for (const [start, answer] of this.instead) if (line.startsWith(start)) return answer;
    return undefined;
  }

  #act(line: string, body: Buffer): Answer {
    const [method, path = ""] = line.split(" ");
    if (path === "/api/version") return json({ version: "4", ray_version: "2.60.0" });
    const [, name] = /^\/api\/packages\/gcs\/(_ray_pkg_\w+\.zip)$/.exec(path) ?? [];
    if (name !== undefined && method === "PUT") this.packages.set(name, body);
    if (name !== undefined) return this.packages.has(name) ? { status: 200, text: "" } : notFound;
    if (line === "POST /api/jobs/") return this.#submit(JSON.parse(body.toString("utf8")));
    const [, id = "", rest] = /^\/api\/jobs\/([\w-]+)(\/stop)?$/.exec(path) ?? [];
    const job = this.jobs.get(id);
    if (job === undefined) return notFound;
    if (rest !== undefined) {
      job.status = "STOPPED";
      job.child?.kill("SIGKILL");
      return json({ stopped: true });
    }
    const { status, message, body: own } = job;
    return json({ type: "SUBMISSION", submission_id: id, status, message, metadata: own.metadata });
  }

  #submit(body: FakeJob["body"]): Answer {
    const { submission_id: id, runtime_env: environment } = body;
    if (this.jobs.has(id)) {
      const frames = 'Traceback (most recent call last):\n  File "job_head.py", line 1, in submit_job\n';
      return { status: 500, text: `${frames}ValueError: Job with submission_id ${id} already exists.` };
    }
    if (!this.packages.has(environment.working_dir.replace("gcs://", ""))) return { status: 400, text: "no package" };
    const job: FakeJob = { status: "RUNNING", message: "", body };
    this.jobs.set(id, job);
    if (this.mode === "none") return json({ job_id: id, submission_id: id });
    const folder = environment.env_vars["PRECEPT_JOB"] ?? "";
    const attempt = String((attemptsIn(folder).at(-1) ?? 0) + 1);
    job.child = spawn(process.execPath, [stub, this.mode, folder, "--attempt", attempt], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    job.child.once("exit", (code) => {
      if (job.status === "RUNNING") job.status = code === 0 ? "SUCCEEDED" : "FAILED";
      job.message =
        code === 0
          ? "Job finished successfully."
          : `Traceback …\n\nJob entrypoint command failed with exit code ${code}`;
    });
    return json({ job_id: id, submission_id: id });
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const json = (value: unknown): Answer => ({ status: 200, text: JSON.stringify(value) });
const notFound: Answer = { status: 404, text: "Job does not exist" };
