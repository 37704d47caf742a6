import { isMap, parseDocument } from "yaml";
import { PreceptError } from "../../errors.ts";

/** What is set in a policy; everything else in it, comments too, stays as it stands. */
export interface PolicyChanges {
  /** The guard model of the output, as the policy names it. */
  readonly output: string;
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
export function changePolicy(text: string, file: string, { output, principles, note }: PolicyChanges): string {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new PreceptError("policy-invalid", {
      attempted: `Writing thresholds into ${file}`,
      found: document.errors[0]?.message.split("\n")[0] ?? "no mapping",
      expected: "a policy, or no file there",
    });
  }
  document.setIn(["checks", "output"], output);
  for (const { id, act, pass, evidence } of principles) {
    const shown = document.createNode(act);
    shown.comment = ` ${evidence}`;
    document.setIn(["principles", id, "act"], shown);
    document.setIn(["principles", id, "pass"], pass);
  }
  const block = document.get("principles", true);
  if (isMap(block)) block.commentBefore = ` ${note}`;
  return document.toString({ lineWidth: 0 });
}
