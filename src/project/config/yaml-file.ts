import { PreceptError } from "../../errors.ts";
import { readText } from "../../storage/index.ts";
import type { LineOf } from "./faults.ts";

/** A YAML or JSON file with the lines of its values. @throws PreceptError config-invalid for what is no YAML. */
export async function readYaml(
  file: string,
  attempted: string,
): Promise<{ readonly value: unknown; readonly lineOf: LineOf }> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(await readText(file, { attempted, code: "config-invalid" }), { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new PreceptError("config-invalid", {
      attempted,
      found: error.message.split("\n")[0] ?? "no YAML",
      expected: "YAML or JSON",
    });
  }
  const lineOf: LineOf = (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
      if (Array.isArray(range) && typeof range[0] === "number") return lines.linePos(range[0]).line;
    }
    return undefined;
  };
  return { value: document.toJS() as unknown, lineOf };
}
