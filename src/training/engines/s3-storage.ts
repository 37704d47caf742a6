import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { errnoOf, PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { resolvePackage } from "../../optional-package.ts";
import { asFileError } from "../../storage/index.ts";
import type { JobStorage } from "./storage.ts";

type Sdk = typeof import("@aws-sdk/client-s3");
type Client = InstanceType<Sdk["S3Client"]>;

/** The most that one request may put. */
const LARGEST = 5 * 2 ** 30;

/**
 * A bucket: `s3://BUCKET/FOLDER` by the AWS SDK, with the keys and the region that it finds itself; `gs://` by Google's door for
 * S3 clients, with HMAC keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. AWS_ENDPOINT_URL names another server.
 * @throws PreceptError package-missing; usage without a bucket.
 */
export async function openBucket(place: string, env: NodeJS.ProcessEnv): Promise<JobStorage> {
  const attempted = `Opening the storage ${place}`;
  const [, kind, bucket, folder = ""] = /^(s3|gs):\/\/([^/]+)\/?(.*?)\/?$/.exec(place) ?? [];
  if (bucket === undefined) {
    throw new PreceptError("usage", { attempted, found: "no bucket", expected: "s3://BUCKET/FOLDER" });
  }
  const name = "@aws-sdk/client-s3";
  const remedy = `npm install ${name}`;
  const path = resolvePackage(name, { name, attempted, expected: "the AWS SDK's client of S3", remedy });
  const sdk = (await import(pathToFileURL(path).href)) as Sdk;
  const endpoint = kind === "gs" ? "https://storage.googleapis.com" : env["AWS_ENDPOINT_URL"];
  const region = kind === "gs" ? "auto" : (env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1");
  const client = new sdk.S3Client(
    omitUndefined({
      endpoint,
      region,
      forcePathStyle: endpoint !== undefined,
      // By default the SDK waits without an end; of a body that comes or goes, only silence counts.
      requestHandler: { connectionTimeout: 10_000, socketTimeout: 60_000 },
      // Others than Amazon do not know the newer sums.
      requestChecksumCalculation: "WHEN_REQUIRED" as const,
      responseChecksumValidation: "WHEN_REQUIRED" as const,
    }),
  );
  return new BucketStorage({ sdk, client, bucket, folder, kind: kind ?? "s3" });
}

interface Bucket {
  readonly sdk: Sdk;
  readonly client: Client;
  readonly bucket: string;
  readonly folder: string;
  readonly kind: string;
}

class BucketStorage implements JobStorage {
  readonly url: string;
  readonly #own: Bucket;

  constructor(own: Bucket) {
    this.#own = own;
    this.url = `${own.kind}://${own.bucket}${own.folder === "" ? "" : `/${own.folder}`}`;
  }

  list = (prefix: string): Promise<string[]> => this.#list(prefix, "/");

  tree = (folder: string): Promise<string[]> => this.#list(`${folder}/`, undefined);

  async #list(prefix: string, Delimiter: string | undefined): Promise<string[]> {
    const { sdk, client, bucket: Bucket } = this.#own;
    const found: string[] = [];
    for (let ContinuationToken: string | undefined; ; ) {
      const words = omitUndefined({ Bucket, Prefix: this.#key(prefix), Delimiter, ContinuationToken });
      const page = await this.#try("Reading", prefix, () => client.send(new sdk.ListObjectsV2Command(words)));
      for (const { Key } of page?.Contents ?? []) if (Key !== undefined) found.push(Key.slice(this.#key("").length));
      ContinuationToken = page?.NextContinuationToken;
      if (ContinuationToken === undefined) return found;
    }
  }

  async read(name: string, from = 0): Promise<Buffer | undefined> {
    const { sdk, client, bucket: Bucket } = this.#own;
    const words = { Bucket, Key: this.#key(name), ...(from > 0 ? { Range: `bytes=${from}-` } : {}) };
    try {
      return await this.#try("Reading", name, async () => {
        const { Body } = await client.send(new sdk.GetObjectCommand(words));
        return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
      });
    } catch (error) {
      // Nothing behind that byte yet.
      if (statusOf(error) === 416) return Buffer.alloc(0);
      throw error;
    }
  }

  async write(name: string, content: string): Promise<void> {
    await this.#put(name, Buffer.from(content));
  }

  async send(file: string, name: string): Promise<void> {
    const { size } = await stat(file);
    if (size > LARGEST) {
      throw new PreceptError("usage", {
        attempted: `Writing ${this.url}/${name}`,
        found: `${file} has ${(size / 2 ** 30).toFixed(1)} GiB`,
        expected: "at most 5 GiB a file, which one request may put",
        remedy: "save the model in shards of at most 5 GB, or use a shared folder",
      });
    }
    await this.#put(name, createReadStream(file), size);
  }

  async #put(name: string, Body: Buffer | Readable, ContentLength?: number): Promise<void> {
    const { sdk, client, bucket: Bucket } = this.#own;
    const words = omitUndefined({ Bucket, Key: this.#key(name), Body, ContentLength });
    await this.#try("Writing", name, () => client.send(new sdk.PutObjectCommand(words)));
  }

  async fetch(name: string, file: string): Promise<void> {
    const { sdk, client, bucket: Bucket } = this.#own;
    const isThere = await this.#try("Reading", name, async () => {
      const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: this.#key(name) }));
      try {
        await mkdir(dirname(file), { recursive: true });
        await pipeline(Body as Readable, createWriteStream(`${file}.tmp`));
        await rename(`${file}.tmp`, file);
      } catch (error) {
        throw isOfFile(error) ? asFileError(error, `Writing ${file}`) : error;
      }
      return true;
    });
    if (isThere === undefined) {
      throw new PreceptError("run-invalid", {
        attempted: `Reading ${this.url}/${name}`,
        found: "no object of that name, which was there a moment ago",
        remedy: "look who else writes there, then give the same command again",
      });
    }
  }

  async remove(name: string): Promise<void> {
    const { sdk, client, bucket: Bucket } = this.#own;
    await this.#try("Removing", name, () => client.send(new sdk.DeleteObjectCommand({ Bucket, Key: this.#key(name) })));
  }

  #key = (name: string): string => (this.#own.folder === "" ? name : `${this.#own.folder}/${name}`);

  /** Undefined where there is no such object. */
  async #try<T>(doing: string, name: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (cause) {
      if (cause instanceof PreceptError) throw cause;
      const [status, kind] = [statusOf(cause), cause instanceof Error ? cause.name : ""];
      if (kind === "NoSuchKey" || kind === "NotFound") return undefined;
      if (status === 416) throw cause;
      const attempted = `${doing} ${this.url}/${name}`;
      const found = cause instanceof Error ? `${kind}: ${cause.message}` : String(cause);
      if (status === 403 || status === 401 || kind === "CredentialsProviderError") {
        const remedy =
          "give this user's keys (AWS_PROFILE, AWS_ACCESS_KEY_ID …) leave to list, read, write and delete there";
        throw new PreceptError("permission", { attempted, found, remedy, cause });
      }
      if (kind === "NoSuchBucket") {
        throw new PreceptError("usage", { attempted, found, expected: "a bucket that is there", cause });
      }
      const isFull = status === 507 || /quota|full|XMinioStorageFull/i.test(kind);
      const remedy = "give the same command again: it goes on from the last state";
      throw new PreceptError(isFull ? "disk" : "endpoint-down", { attempted, found, remedy, cause });
    }
  }
}

/** Whether an error is of the file that is written, not of the connection that is read. */
const isOfFile = (error: unknown): boolean =>
  error instanceof Error && ("path" in error || /^(ENOSPC|EDQUOT|EFBIG|EIO|EROFS)$/.test(errnoOf(error) ?? ""));

function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return undefined;
  const { $metadata: about } = error;
  return typeof about === "object" && about !== null && "httpStatusCode" in about
    ? Number(about.httpStatusCode)
    : undefined;
}
