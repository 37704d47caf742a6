import { type VerifyReport, verifyConversation } from "../../collective/site/index.ts";
import { PreceptError } from "../../errors.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { postgresOf } from "../postgres.ts";

/** precept collective verify FOLDER. */
export async function collectiveVerify(
  this: CliContext,
  { postgres, json }: { readonly postgres: boolean; readonly json: boolean },
  folder: string,
): Promise<void> {
  const progress = progressOf(this, json);
  const tell = (done: number, of: number): void => {
    if (done === 1) progress.start("verify", "results computed anew", of, "results");
    progress.advance(1);
    if (done === of) progress.finish();
  };
  const report = await verifyConversation({ folder, url: postgresOf(this, postgres) }, { tell, signal: this.signal });
  if (json) printJson(this, report);
  else print(this, describe(report));
  if (report.faults.length === 0) return;
  throw new PreceptError("gate-tripped", {
    attempted: `Verifying the conversation in ${folder}`,
    found: report.faults.join("\n"),
    expected: "a whole chain of events, from which every published result comes out the same",
  });
}

function describe({ head, erased, published, same, withdrawn, faults }: VerifyReport): string {
  return [
    `events   ${head.seq} · ${erased} erased · chain ${faults.length === 0 ? "whole" : "or results at fault"}`,
    `ends in  ${head.hash}`,
    `results  ${published} published · ${same} the same again · ${withdrawn} from before a deletion`,
    ...faults.map((fault) => `fault    ${fault}`),
  ].join("\n");
}
