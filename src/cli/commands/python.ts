import { setUpPython } from "../../training/engines/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface SetupFlags {
  readonly python?: string | undefined;
  readonly json: boolean;
}

/** precept python setup */
export async function setup(this: CliContext, { python, json }: SetupFlags): Promise<void> {
  const tell = (text: string): void => {
    this.process.stderr.write(`${text}\n`);
  };
  const made = await setUpPython({ python, env: { ...this.env }, signal: this.signal, tell });
  if (json) {
    printJson(this, made);
    return;
  }
  const { home, versions, packages, bytes, fetched = 0, wasThere } = made;
  const listed = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const size = `${packages} packages, ${(bytes / 1e9).toFixed(1)} GB${fetched === 0 ? "" : ` (fetched: ${(fetched / 1e9).toFixed(1)} GB)`}`;
  print(this, `${home}: ${wasThere ? "there already, " : ""}${size}`);
  print(this, `  ${listed.join(", ")}`);
  print(
    this,
    "  next: training: { engine: python } in precept.config.yaml, or --engine python behind precept train sft",
  );
}
