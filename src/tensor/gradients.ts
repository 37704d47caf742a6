import { PreceptError } from "../errors.ts";
import type { Node, Value } from "./graph.ts";
import { broadcastTo } from "./operators/broadcast.ts";
import { add } from "./operators/elementwise.ts";

/**
 * Reverse-mode differentiation: adds to the graph the nodes that compute d loss / d value for every value of `wrt`.
 * `loss` is a scalar. A value that the loss does not depend on has a gradient of zeros.
 * @throws input-invalid when the way leads through an operator without a gradient rule.
 */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  const { graph } = loss;
  const dependent = new Set<Value>(wrt);
  const forward: Node[] = [];
  for (const node of graph.nodes) {
    if (node.gradient === "none" || !node.differentiable.some((input) => input !== undefined && dependent.has(input)))
      continue;
    forward.push(node);
    for (const output of node.outputs) if (output.dtype === "float32") dependent.add(output);
  }
  const found = new Map<Value, Value>([[loss, broadcastTo(graph.constant(1), loss)]]);
  for (const node of forward.reverse()) {
    const [output] = node.outputs;
    const upstream = output === undefined ? undefined : found.get(output);
    if (output === undefined || upstream === undefined) continue;
    if (node.gradient === undefined || node.gradient === "none") {
      throw new PreceptError("input-invalid", {
        attempted: `Differentiating ${loss.name}`,
        found: `the operator ${node.op}, which has no gradient rule`,
        remedy: "wrap what should count as a constant in stopGradient",
      });
    }
    const contributions = node.gradient(upstream, output);
    for (const [index, input] of node.differentiable.entries()) {
      const contribution = contributions[index];
      if (input === undefined || contribution === undefined || !dependent.has(input)) continue;
      const sum = found.get(input);
      found.set(input, sum === undefined ? contribution : add(sum, contribution));
    }
  }
  return wrt.map((value) => found.get(value) ?? broadcastTo(graph.constant(0), value));
}
