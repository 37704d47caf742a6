import type { Constitution, loadWithPositions } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { explainUnreadable } from "../../worlds/harbor/index.ts";

/** @throws PreceptError constitution-invalid when harbor's model cannot read a principle, with its place in the file. */
export function refuseUnreadable(
  { name, principles }: Constitution,
  { constitution: whole, file, positions }: Awaited<ReturnType<typeof loadWithPositions>>,
): void {
  const faults = principles.flatMap(({ id, text }) => {
    const reason = explainUnreadable(text);
    const at = positions.get(`principles[${whole.principles.findIndex((principle) => principle.id === id)}].text`);
    return reason === undefined ? [] : [`${file}${at === undefined ? "" : `:${at.line}`} ${id}: ${reason}`];
  });
  if (faults.length === 0) return;
  throw new PreceptError("constitution-invalid", {
    attempted: `Preparing ${name} for harbor`,
    found: faults.join("\n"),
    expected: "principles in the language of the embedded world",
    remedy:
      "write them as constitutions/harbor.yaml does; `precept constitution lint FILE --world harbor` lists the words",
  });
}
