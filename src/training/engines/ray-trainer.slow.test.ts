import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTrl } from "../../../test/support/python.ts";
import { tinyCheckpoint } from "../local/tiny.test-support.ts";
import { hasRay, RayCluster } from "./ray-cluster.test-support.ts";
import { type Recovery, recover } from "./ray-recovery.test-support.ts";

const python = findTrl();
const isThere = python !== undefined && hasRay(python);
if (!isThere)
  process.stderr.write(
    'no Python with TRL and Ray: pip install -r python/requirements-train.txt "ray[default,train]==2.60.0", and name it in PRECEPT_PYTHON\n',
  );

describe.skipIf(!isThere)("training on a Ray of one node", () => {
  let cluster: RayCluster;
  let initial: string;
  /** What the job comes to when nothing disturbs it. */
  let undisturbed: Recovery;

  beforeAll(async () => {
    cluster = await RayCluster.start(python ?? "");
    initial = await tinyCheckpoint(3);
    undisturbed = await recover("none", initial, { address: cluster.address, env: cluster.env });
  });
  afterAll(async () => await cluster?.close());

  it.each(["worker", "stop", "client"] as const)(
    "comes to the same bytes after the end of a %s",
    async (disturbance) => {
      const { hash, steps, told, metrics } = await recover(disturbance, initial, {
        address: cluster.address,
        env: cluster.env,
      });
      expect(hash).toBe(undisturbed.hash);
      expect([...new Set(told)]).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
      if (disturbance === "worker") expect(metrics["rewind/times"]).toBe(1);
      expect(metrics["rewind/loss_difference"] ?? 0).toBe(0);
    },
  );
});
