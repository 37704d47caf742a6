import { RayCluster } from "../../src/training/engines/ray-cluster.test-support.ts";
import { type Disturbance, recover } from "../../src/training/engines/ray-recovery.test-support.ts";
import { tinyCheckpoint } from "../../src/training/local/tiny.test-support.ts";

const cases: Readonly<Record<Disturbance, string>> = {
  none: "nothing",
  worker: "kill -9 of the worker",
  stop: "stopped, then the same command",
  client: "kill -9 of the client, then the same command",
};

/** Disturbs one job on a Ray of one node in every way, each time from the beginning. */
export async function measureRecovery(python: string): Promise<string> {
  const cluster = await RayCluster.start(python);
  try {
    const initial = await tinyCheckpoint(3);
    const lines: string[] = [];
    let undisturbed: string | undefined;
    for (const disturbance of ["none", "worker", "stop", "client"] as const) {
      const found = await recover(disturbance, initial, { address: cluster.address, env: cluster.env });
      undisturbed ??= found.hash;
      const isWhole = new Set(found.told).size === found.steps;
      const { metrics } = found;
      lines.push(
        `| ${[
          cases[disturbance],
          found.seconds.toFixed(0),
          isWhole ? "each once" : "not all",
          metrics["rewind/steps"] ?? 0,
          (metrics["rewind/loss_difference"] ?? 0).toExponential(0),
          found.hash === undisturbed ? "equal" : "different",
        ].join(" | ")} |`,
      );
    }
    return `One job (LoRA with dropout, a state every 10 steps), disturbed about step 25, on a Ray 2.60 of one node, on a CPU that others use, too:

| what happens | seconds | steps told | steps done again | their loss, greatest relative difference | bytes of the adapter |
| --- | --- | --- | --- | --- | --- |
${lines.join("\n")}`;
  } finally {
    await cluster.close();
  }
}
