import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { temporaryFolder } from "./cli.ts";
import { repositoryPath } from "./support/documents.ts";

/** Options of `vllm serve` 0.32.0, by its source (vllm/engine/arg_utils.py, vllm/entrypoints/launchers/cli_args.py). */
const vllmOptions = [
  ...["--served-model-name", "--generation-config", "--enable-prompt-tokens-details", "--data-parallel-size"],
  ...["--host", "--port"],
];
/** Options of `ray start` 2.60.0, by its source (ray/scripts/scripts.py). */
const rayOptions = [
  ...["--head", "--block", "--address", "--node-ip-address", "--port", "--dashboard-host", "--dashboard-port"],
  ...["--num-gpus", "--temp-dir"],
];

const folder = repositoryPath("deploy");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(yaml|sbatch|Dockerfile)$/.test(name))
  .sort();
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const yamls = files.filter((name) => name.endsWith(".yaml"));
const loose = z.record(z.string(), z.unknown());
const parse = (name: string): Record<string, unknown>[] =>
  parseAllDocuments(read(name), { uniqueKeys: true }).map((document) => {
    expect(document.errors, name).toEqual([]);
    return loose.parse(document.toJSON());
  });
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : loose.safeParse(inner).data?.[key]),
    value,
  );

test("each way has servers that generate and a cluster that trains", () => {
  expect(files).toEqual([
    ...["kubernetes/client.yaml", "kubernetes/ray.yaml", "kubernetes/train.Dockerfile", "kubernetes/vllm.yaml"],
    ...["skypilot/ray.yaml", "skypilot/vllm.yaml", "slurm/ray.sbatch", "slurm/vllm.sbatch"],
  ]);
  const kinds = yamls.filter((name) => name.startsWith("kubernetes")).flatMap(parse);
  expect(kinds.map(({ kind }) => kind).sort()).toEqual([
    ...["Deployment", "NetworkPolicy", "NetworkPolicy", "PersistentVolumeClaim", "Pod", "RayCluster", "Service"],
  ]);
});

test("they name one version of each, and take the trainer's packages from where python setup does", () => {
  const all = files.map(read).join("\n");
  const versions = (pattern: RegExp): string[] => [
    ...new Set([...all.matchAll(pattern)].map(([, version]) => version ?? "")),
  ];
  expect(versions(/(?:\bray\[default,train\]==|rayproject\/ray:|rayVersion: ")(\d+\.\d+\.\d+)/g)).toEqual(["2.60.0"]);
  expect(versions(/(?:\bvllm==|vllm-openai:v)(\d+\.\d+\.\d+)/g)).toEqual(["0.32.0"]);
  const pinned = readFileSync(repositoryPath("python/requirements-train.txt"), "utf8");
  for (const name of pinned.match(/^[a-z]+(?===)/gm) ?? []) expect(all).not.toContain(`${name}==`);
  for (const name of ["kubernetes/train.Dockerfile", "skypilot/ray.yaml"])
    expect(read(name)).toContain("python/requirements-train.txt");
  expect(read("slurm/ray.sbatch")).toContain("precept python setup");
});

test.each(files)("%s gives vLLM and Ray options of the lists above", (name) => {
  const words = read(name)
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll("\\\n", " ");
  for (const command of words.split("\n")) {
    const known = /\bserve\b/.test(command) ? vllmOptions : /\bstart\b/.test(command) ? rayOptions : undefined;
    const own = command.replace(/^.*?\b(?:serve|start)\b/, "");
    for (const [option] of own.matchAll(/--[a-z][\w-]*/g)) if (known !== undefined) expect(known).toContain(option);
  }
  const listed = yamls.includes(name)
    ? at(parse(name)[0], "spec", "template", "spec", "containers", 0, "args")
    : undefined;
  for (const word of z.array(z.string()).catch([]).parse(listed))
    if (word.startsWith("--")) expect(vllmOptions).toContain(word.split("=")[0]);
});

test("nothing opens a dashboard or a server to a network, no secret stands in a file, and everything wants a token", () => {
  const code = (name: string): string => read(name).replace(/#.*/g, "");
  for (const name of files) {
    expect(code(name), name).not.toMatch(/LoadBalancer|NodePort|hostNetwork|hostPort|Ingress\b(?!\])|0\.0\.0\.0/);
    expect(code(name), name).not.toMatch(/(?:KEY|TOKEN)["']?\s*[:=]\s*["']?[0-9a-zA-Z]{8,}/);
  }
  const [vllm, service, vllmPolicy] = parse("kubernetes/vllm.yaml");
  const [ray, rayPolicy] = parse("kubernetes/ray.yaml");
  expect(at(ray, "spec", "authOptions")).toEqual({ mode: "token", secretName: "precept" });
  expect(at(service, "spec", "type")).toBe("ClusterIP");
  const env = z.array(loose).parse(at(vllm, "spec", "template", "spec", "containers", 0, "env"));
  expect(env[0]).toMatchObject({ name: "VLLM_API_KEY", valueFrom: { secretKeyRef: { name: "precept" } } });
  // A policy that selects the pods closes them to all whom it does not name.
  const labels = { precept: "client" };
  expect(at(vllmPolicy, "spec", "podSelector", "matchLabels")).toEqual(
    at(vllm, "spec", "template", "metadata", "labels"),
  );
  const allowed = (policy: unknown): unknown => at(policy, "spec", "ingress");
  expect(allowed(vllmPolicy)).toEqual([{ from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 8000 }] }]);
  const own = at(rayPolicy, "spec", "podSelector");
  for (const group of [at(ray, "spec", "headGroupSpec"), at(ray, "spec", "workerGroupSpecs", 0)])
    expect(at(group, "template", "metadata", "labels")).toEqual(at(own, "matchLabels"));
  expect(allowed(rayPolicy)).toEqual([
    { from: [{ podSelector: own }] },
    { from: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 8265 }] },
  ]);
  for (const name of ["slurm/ray.sbatch", "skypilot/ray.yaml"]) {
    expect(code(name)).toContain("RAY_AUTH_MODE=token");
    expect(code(name)).toContain("--dashboard-host=127.0.0.1");
  }
  for (const name of ["slurm/vllm.sbatch", "skypilot/vllm.yaml"]) {
    expect(code(name)).toContain("--host=127.0.0.1");
    expect(code(name)).toContain("VLLM_API_KEY");
  }
  for (const name of ["skypilot/ray.yaml", "skypilot/vllm.yaml"])
    expect(at(parse(name)[0], "resources", "ports")).toBeUndefined();
});

/** Programs that write down what they are asked; srun says an address where it is asked for one. */
function writeStubs(): { readonly bin: string; readonly said: () => string[] } {
  const bin = join(temporaryFolder(), "bin");
  const log = join(bin, "log");
  mkdirSync(bin);
  writeFileSync(log, "");
  const bodies = {
    srun: 'case "$*" in *hostname*) echo "fe80::1 10.0.0.1";; *--head*) sleep 1;; esac',
    ray: "",
    vllm: "",
    scontrol: "printf 'n1\\nn2\\nn3\\n'",
  };
  for (const [name, body] of Object.entries(bodies)) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho "${name} $* key=\${VLLM_API_KEY-} auth=\${RAY_AUTH_MODE-}" >> ${log}\n${body}\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
  return { bin, said: () => readFileSync(log, "utf8").trim().replaceAll(bin, "BIN").split("\n").sort() };
}

function runScript(script: string, bin: string, env: Record<string, string>, words: readonly string[] = []) {
  const path = `${bin}:/usr/bin:/bin`;
  return spawnSync("bash", ["-c", script, "script", ...words], {
    env: { PATH: path, HOME: bin, ...env },
    encoding: "utf8",
  });
}

test("Slurm's scripts start a head, the other nodes, and a server with a key", () => {
  const { bin, said } = writeStubs();
  const job = { SLURM_JOB_ID: "7", SLURM_JOB_NODELIST: "n[1-3]", SLURM_GPUS_ON_NODE: "8", PRECEPT_RAY_WAIT: "0" };
  const made = runScript(read("slurm/ray.sbatch"), bin, { ...job, PRECEPT_PYTHON_HOME: join(bin, "..") });
  expect([made.status, made.stderr]).toEqual([0, ""]);
  expect(made.stdout).toContain("head on n1, 10.0.0.1");
  expect(said()).toEqual([
    "scontrol show hostnames n[1-3] key= auth=token",
    "srun --nodes=1 --ntasks=1 --nodelist=n1 BIN/ray start --head --block --node-ip-address=10.0.0.1 --port=6379 --dashboard-host=127.0.0.1 --dashboard-port=8265 --num-gpus=8 --temp-dir=/tmp/precept-7 key= auth=token",
    "srun --nodes=1 --ntasks=1 --nodelist=n1 hostname --ip-address key= auth=token",
    "srun --nodes=2 --ntasks=2 --nodelist=n2,n3 BIN/ray start --block --address=10.0.0.1:6379 --num-gpus=8 key= auth=token",
  ]);
  expect(runScript(read("slurm/ray.sbatch"), bin, job).stderr).toContain("the folder of precept python setup");
  const server = writeStubs();
  writeFileSync(join(server.bin, "key"), "sesame\n");
  const settings = {
    PRECEPT_VLLM_KEY: join(server.bin, "key"),
    PRECEPT_VLLM: join(server.bin, ".."),
    SLURM_GPUS_ON_NODE: "4",
  };
  expect(runScript(read("slurm/vllm.sbatch"), server.bin, settings, ["/shared/base"]).status).toBe(0);
  expect(server.said()).toEqual([
    "srun BIN/vllm serve /shared/base --served-model-name=base --generation-config=vllm --enable-prompt-tokens-details --data-parallel-size=4 --host=127.0.0.1 --port=8000 key=sesame auth=",
  ]);
  expect(runScript(read("slurm/vllm.sbatch"), server.bin, settings).stderr).toContain("which model?");
});

test("SkyPilot's tasks do the same on each node by its rank", () => {
  const commands = (name: string): string => z.string().parse(parse(name)[0]?.["run"]);
  const nodes = { SKYPILOT_NODE_IPS: "10.0.0.1\n10.0.0.2", SKYPILOT_NUM_GPUS_PER_NODE: "8", RAY_AUTH_TOKEN: "sesame" };
  const start = (name: string, env: Record<string, string>): string[] => {
    const { bin, said } = writeStubs();
    const script = commands(name)
      .replaceAll(/~\/(?:train|vllm)\/bin\//g, "")
      .replace("sleep 30", "");
    expect(runScript(script, bin, env).status).toBe(0);
    return said();
  };
  expect(start("skypilot/ray.yaml", { ...nodes, SKYPILOT_NODE_RANK: "0" })).toEqual([
    "ray start --head --block --node-ip-address=10.0.0.1 --port=6379 --dashboard-host=127.0.0.1 --dashboard-port=8265 --num-gpus=8 --temp-dir=/tmp/precept key= auth=token",
  ]);
  expect(start("skypilot/ray.yaml", { ...nodes, SKYPILOT_NODE_RANK: "1" })).toEqual([
    "ray start --block --address=10.0.0.1:6379 --num-gpus=8 key= auth=token",
  ]);
  expect(start("skypilot/vllm.yaml", { ...nodes, MODEL: "org/m", VLLM_API_KEY: "sesame" })[0]).toMatch(
    /^vllm serve org\/m .*--data-parallel-size=8 .*key=sesame/,
  );
});

test.runIf(spawnSync("bash", ["--version"]).status === 0)("their shell parses", () => {
  const scripts = [
    ...files.filter((name) => name.endsWith(".sbatch")).map(read),
    ...["skypilot/ray.yaml", "skypilot/vllm.yaml"].flatMap((name) => [
      parse(name)[0]?.["setup"],
      parse(name)[0]?.["run"],
    ]),
  ];
  for (const script of scripts)
    expect(spawnSync("bash", ["-n"], { input: z.string().parse(script), encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
});
