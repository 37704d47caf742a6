import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One bucket as S3 answers for it: list, get, put and delete by path, two names a page; the MODE "deny" refuses all, "cut" breaks a body. */
export class FakeBucket {
  readonly objects = new Map<string, Buffer>();
  mode = "plain";
  readonly #server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://bucket");
    const key = decodeURIComponent(url.pathname).split("/").slice(2).join("/");
    const say = (status: number, text: string): void => void response.writeHead(status).end(text);
    const body = await readBody(request);
    if (this.mode === "deny") return say(403, fault("AccessDenied"));
    if (!url.pathname.startsWith("/bucket")) return say(404, fault("NoSuchBucket"));
    if (request.method === "PUT") this.objects.set(key, body);
    if (request.method === "PUT") return say(200, "");
    if (request.method === "DELETE") this.objects.delete(key);
    if (request.method === "DELETE") return say(204, "");
    if (url.searchParams.has("list-type")) return say(200, this.#list(url.searchParams));
    const found = this.objects.get(key);
    if (found === undefined) return say(404, fault("NoSuchKey"));
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= found.length) return say(416, fault("InvalidRange"));
    response.writeHead(from > 0 ? 206 : 200, { "content-length": found.length - from });
    if (this.mode !== "cut") return void response.end(found.subarray(from));
    response.write(found.subarray(from, from + 1), () => response.destroy());
  });

  #list(words: URLSearchParams): string {
    const [prefix = "", delimiter, after = ""] = ["prefix", "delimiter", "continuation-token"].map(
      (name) => words.get(name) ?? undefined,
    );
    const all = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const own = all.filter((key) => delimiter === undefined || !key.slice(prefix.length).includes(delimiter));
    const page = own.filter((key) => key > after).slice(0, 2);
    const last = page.at(-1) ?? "";
    const next = own.some((key) => key > last) ? `<NextContinuationToken>${last}</NextContinuationToken>` : "";
    const keys = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("");
    return `<ListBucketResult>${keys}${next}</ListBucketResult>`;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const fault = (code: string): string => `<Error><Code>${code}</Code><Message>no</Message></Error>`;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
