import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "../local/tiny.test-support.ts";
import type { SftJob } from "../trainer.ts";
import { FakeRay } from "./fake-ray.test-support.ts";
import { readJob } from "./job-result.ts";
import { RayJobs } from "./ray-http.ts";
import { packJobCode } from "./ray-package.ts";
import { RayTrainer, type RayTrainerOptions } from "./ray-trainer.ts";
import { tinySft } from "./tiny-job.test-support.ts";

const quick = { eventsMs: 10, jobMs: 20, stopMs: 150, silenceMs: 100, roomMs: 100 };

describe("RayTrainer", () => {
  let initial: string;
  let ray: FakeRay;
  let address: string;
  let storage: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    initial = await tinyCheckpoint();
  });
  beforeEach(async () => {
    ray = new FakeRay();
    address = await ray.listen();
    storage = await temporaryFolder();
    env = { HOME: await temporaryFolder() };
  });
  afterEach(() => ray.close());

  const trainer = (options: Partial<RayTrainerOptions> = {}): RayTrainer =>
    new RayTrainer({ address, storage, env, ...options }, quick);

  const jobIn = (output: string, signal?: AbortSignal): SftJob => tinySft(initial, output, signal);

  it("uploads the code, submits, tells every step once, and fetches the checkpoint", async () => {
    const output = await temporaryFolder();
    const { result, steps } = await finish(trainer().train(jobIn(output)));
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
    expect(steps.length).toBe(result.steps);
    expect(existsSync(join(result.checkpoint, "config.json"))).toBe(true);
    const { name, bytes } = packJobCode();
    expect([...ray.packages]).toEqual([[name, bytes]]);
    const [id = ""] = ray.jobs.keys();
    expect(id).toMatch(/^precept-sft-[0-9a-f]{12}-1$/);
    expect(ray.jobs.get(id)?.body).toMatchObject({
      entrypoint: "python -m precept_job job.json",
      entrypoint_num_cpus: 0,
      runtime_env: { working_dir: `gcs://${name}`, env_vars: { PRECEPT_JOB: expect.stringContaining(storage) } },
      metadata: { fingerprint: readJob(output).fingerprint, place: expect.stringContaining(storage) },
    });
  });

  it("starts nothing where the job is done: here, or on the storage alone", async () => {
    const output = await temporaryFolder();
    const { result } = await finish(trainer().train(jobIn(output)));
    const again = await finish(trainer().train(jobIn(output)));
    const elsewhere = await finish(trainer().train(jobIn(await temporaryFolder())));
    expect(again.steps).toEqual([]);
    expect([again.result.hash, elsewhere.result.hash]).toEqual([result.hash, result.hash]);
    expect(ray.jobs.size).toBe(1);
  });

  it("finds a running job again when whoever submitted it was killed", async () => {
    ray.mode = "slow";
    const output = await temporaryFolder();
    // A killed process asks for nothing: the same job, submitted and left.
    const first = trainer().train(jobIn(output));
    for (let step = 0; step < 2; step++) await first.next();
    const { steps } = await finish(trainer().train(jobIn(output)));
    expect(steps.map(({ step }) => step)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ray.jobs.size).toBe(1);
  });

  it("leaves the same job of somebody else alone, whose storage is another", async () => {
    ray.mode = "slow";
    const controller = new AbortController();
    const first = trainer().train(jobIn(await temporaryFolder()));
    await first.next();
    const other = jobIn(await temporaryFolder(), controller.signal);
    await interrupt(trainer({ storage: await temporaryFolder() }).train(other), 1, controller);
    expect([...ray.jobs.values()][0]?.status).toMatch(/RUNNING|SUCCEEDED/);
    expect(ray.requests.some((line) => line.endsWith("/stop"))).toBe(false);
    const { result } = await finish(first);
    expect(result.steps).toBe(10);
  });

  it("takes no job for its own by its name alone", async () => {
    ray.mode = "none";
    const first = trainer()
      .train(jobIn(await temporaryFolder()))
      .next();
    await expect.poll(() => ray.jobs.size).toBe(1);
    const [job] = ray.jobs.values();
    Object.assign(job?.body.metadata ?? {}, { fingerprint: "of another job" });
    ray.mode = "plain";
    await finish(trainer().train(jobIn(await temporaryFolder())));
    expect((await first).value).toMatchObject({ step: 1 });
    expect([...ray.jobs.keys()].map((id) => id.at(-1))).toEqual(["1", "2"]);
  });

  it("asks for a state and an end, and goes on from there as another attempt", async () => {
    ray.mode = "slow";
    const output = await temporaryFolder();
    const controller = new AbortController();
    const told = await interrupt(trainer().train(jobIn(output, controller.signal)), 2, controller);
    const { steps } = await finish(trainer().train(jobIn(output)));
    expect([...ray.jobs.values()].map(({ status }) => status)).toEqual(["FAILED", "SUCCEEDED"]);
    expect(steps[0]?.step).toBe(1 + told);
  });

  it("stops a job that does not hear", async () => {
    ray.mode = "deaf";
    const controller = new AbortController();
    await interrupt(trainer().train(jobIn(await temporaryFolder(), controller.signal)), 1, controller);
    expect(ray.requests.some((line) => line.endsWith("/stop"))).toBe(true);
  });

  it("goes on after a crash, and drops the steps that come again after comparing their loss", async () => {
    ray.mode = "die:5";
    const output = await temporaryFolder();
    await expect(finish(trainer().train(jobIn(output)))).rejects.toMatchObject({
      code: "model-failed",
      message: expect.stringMatching(/-1 ended as FAILED after step 5: .*exit code.*\n.*state of step 3/s),
    });
    ray.mode = "plain";
    const { result, steps } = await finish(trainer().train(jobIn(output)));
    expect(steps.map(({ step }) => step)).toEqual([6, 7, 8, 9, 10]);
    expect(result.metrics).toMatchObject({ "rewind/times": 1, "rewind/steps": 2, "rewind/loss_difference": 0 });
  });

  it("takes the next number where the id was used, and attaches where another client was first", async () => {
    ray.mode = "none";
    const output = await temporaryFolder();
    const waiting = trainer().train(jobIn(output)).next();
    await expect.poll(() => ray.jobs.size).toBe(1);
    const [[id = "", job]] = [...ray.jobs] as [[string, NonNullable<ReturnType<FakeRay["jobs"]["get"]>>]];
    const jobs = await RayJobs.open({ address, env });
    const submission = { id, entrypoint: "x", package: packJobCode(), variables: {}, metadata: {} };
    expect(await jobs.submit(submission)).toBe(false);
    job.status = "FAILED";
    job.message = "Traceback (most recent call last):\n  line 1\nRuntimeError: no room";
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining("RuntimeError: no room") });
    ray.mode = "plain";
    await finish(trainer().train(jobIn(output)));
    expect([...ray.jobs.keys()]).toEqual([id, id.replace(/1$/, "2")]);
  });

  it("says which step was no number, and from which state it goes on", async () => {
    ray.mode = "fail:not-finite";
    await expect(finish(trainer().train(jobIn(await temporaryFolder())))).rejects.toMatchObject({
      code: "not-finite",
      message: expect.stringMatching(/^Training on Ray: .*\n.*learning rate.*\/logs has what it printed/s),
    });
  });

  it("says that a head was started anew, and goes on from the storage", async () => {
    ray.mode = "none";
    const output = await temporaryFolder();
    const waiting = trainer().train(jobIn(output)).next();
    await expect.poll(() => ray.jobs.size).toBe(1);
    ray.jobs.clear();
    await expect(waiting).rejects.toMatchObject({ code: "upstream-failed" });
    ray.mode = "plain";
    expect((await finish(trainer().train(jobIn(output)))).result.steps).toBe(10);
  });

  it("leaves a job folder of another contract as it is", async () => {
    const output = await temporaryFolder();
    const text = '{"contract": 2}';
    writeFileSync(join(output, "job.json"), text);
    await expect(finish(trainer().train(jobIn(output)))).rejects.toMatchObject({ code: "run-version" });
    expect(readFileSync(join(output, "job.json"), "utf8")).toBe(text);
    expect(ray.requests).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)("names a storage without permission", async () => {
    chmodSync(storage, 0o500);
    await expect(finish(trainer().train(jobIn(await temporaryFolder())))).rejects.toMatchObject({
      code: "permission",
    });
  });

  it("names a storage that is a file, or an address of another kind", async () => {
    const file = join(storage, "file");
    writeFileSync(file, "");
    const output = await temporaryFolder();
    await expect(finish(trainer({ storage: file }).train(jobIn(output)))).rejects.toMatchObject({
      code: "run-invalid",
    });
    await expect(finish(trainer({ storage: "ftp://x/y" }).train(jobIn(output)))).rejects.toMatchObject({
      code: "usage",
    });
    expect(ray.jobs.size).toBe(0);
  });

  it("says once that a job which runs and says nothing waits for room", async () => {
    ray.mode = "none";
    const told: string[] = [];
    const own = { processes: 8, resources: { GPU: 1 }, tell: (text: string) => told.push(text) };
    const waiting = trainer(own)
      .train(jobIn(await temporaryFolder()))
      .next();
    await expect.poll(() => told.at(-1)).toMatch(/-1 runs, .* wait for room, 8 × GPU 1$/);
    ray.jobs.clear();
    await expect(waiting).rejects.toMatchObject({ code: "upstream-failed" });
    expect(told).toHaveLength(2);
  });

  it("names what it does not train in its own words", async () => {
    const job = { ...jobIn(await temporaryFolder()), objective: "ppo" } as unknown as SftJob;
    await expect(finish(trainer().train(job))).rejects.toThrow(/^Training ppo on Ray: .*local engine/s);
  });

  it("says of a full storage what the job said", async () => {
    ray.mode = "fail:storage";
    await expect(finish(trainer().train(jobIn(await temporaryFolder())))).rejects.toMatchObject({ code: "disk" });
  });

  it("says nothing of a failure that a later try got over", async () => {
    ray.mode = "none";
    const output = await temporaryFolder();
    const waiting = trainer().train(jobIn(output)).next();
    await expect.poll(() => ray.jobs.size).toBe(1);
    const [job] = ray.jobs.values();
    const folder = job?.body.runtime_env.env_vars["PRECEPT_JOB"] ?? "";
    const hello = { type: "hello", versions: {}, pid: 1, device: "cpu", processes: 1 };
    const failed = { type: "failed", code: "storage", message: "full" };
    const line = (event: object, i: number): string =>
      JSON.stringify({ v: 1, seq: i + 1, at: "2026-12-01T00:00:00.000Z", ...event });
    writeFileSync(join(folder, "events-1.jsonl"), `${[hello, failed].map(line).join("\n")}\n`);
    writeFileSync(join(folder, "events-2.jsonl"), `${[hello].map(line).join("\n")}\n`);
    Object.assign(job ?? {}, { status: "FAILED", message: "killed" });
    await expect(waiting).rejects.toMatchObject({ code: "model-failed", message: expect.stringContaining("killed") });
  });

  it("submits nothing after somebody asked for an end", async () => {
    const signal = AbortSignal.abort();
    await expect(finish(trainer().train(jobIn(await temporaryFolder(), signal)))).rejects.toMatchObject({
      code: "interrupted",
    });
    expect([ray.jobs.size, readdirSync(storage)]).toEqual([0, []]);
  });

  it("finds its models in a run that was moved before the first submission", async () => {
    const [place, moved] = [await temporaryFolder(), join(await temporaryFolder(), "moved")];
    cpSync(initial, join(place, "model"), { recursive: true });
    const first = { ...jobIn(join(place, "job"), AbortSignal.abort()), initial: join(place, "model") };
    await expect(finish(trainer().train(first))).rejects.toMatchObject({ code: "interrupted" });
    renameSync(place, moved);
    const again = { ...jobIn(join(moved, "job")), initial: join(moved, "model") };
    expect((await finish(trainer().train(again))).result.steps).toBe(10);
  });

  it("sends a model once for all jobs", async () => {
    await finish(trainer().train(jobIn(await temporaryFolder())));
    await finish(trainer().train({ ...jobIn(await temporaryFolder()), seed: 2 }));
    expect(readdirSync(join(storage, "models"))).toHaveLength(1);
    expect(readdirSync(join(storage, "jobs"))).toHaveLength(2);
  });

  it("does not repeat a key in a storage's address", async () => {
    const job = jobIn(await temporaryFolder());
    await expect(finish(trainer({ storage: "s3://KEY:hunter22@bucket/x" }).train(job))).rejects.toMatchObject({
      code: "usage",
      message: expect.not.stringContaining("hunter22"),
    });
  });
});
