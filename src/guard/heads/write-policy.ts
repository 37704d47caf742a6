import { isMap, parseDocument } from "yaml";
import { PreceptError } from "../../errors.ts";

/** What is set in a policy; everything else in it, comments too, stays as it stands. */
export interface PolicyChanges {
  readonly side: "output" | "input";
  /** The guard model of that side, as the policy names it. */
  readonly model: string;
  readonly principles: readonly {
    readonly id: string;
    readonly act: number;
    readonly pass: number;
    /** One line that says what the thresholds rest on. */
    readonly evidence: string;
  }[];
  /** What stands above the thresholds. */
  readonly note: string;
}

/** The policy's text with a guard model and its thresholds. @throws PreceptError policy-invalid for what is no mapping in YAML. */
export function changePolicy(text: string, file: string, { side, model, principles, note }: PolicyChanges): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new PreceptError("policy-invalid", {
      attempted: `Writing thresholds into ${file}`,
      found: document.errors[0]?.message.split("\n")[0] ?? "no mapping",
      expected: "a policy, or no file there",
    });
  }
  document.setIn(["checks", side], model);
  for (const { id, act, pass, evidence } of principles) {
    const shown = document.createNode(act);
    shown.comment = ` ${evidence}`;
    const place = side === "output" ? ["principles", id] : ["principles", id, "input"];
    document.setIn([...place, "act"], shown);
    document.setIn([...place, "pass"], pass);
  }
  const block = document.get("principles", true);
  if (isMap(block)) {
    // A note of the other side stays.
    const others = (block.commentBefore ?? "")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(` ${side}: `));
    block.commentBefore = [...others, ` ${side}: ${note}`].join("\n");
  }
  return document.toString({ lineWidth: 0 });
}
