import { say } from "./state.ts";

/** Offers what was loaded as a file. The token goes as a header, so a plain link could not ask for it. */
export async function saveAs(name: string, loading: Promise<Blob>): Promise<void> {
  try {
    const address = URL.createObjectURL(await loading);
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
