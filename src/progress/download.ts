import type { Progress } from "./progress.ts";

/** Shows how far a download is, in megabytes. Whoever started it calls `progress.finish`. */
export function downloadReporter(
  progress: Progress,
  name: string,
): (bytes: { readonly loaded: number; readonly total: number }) => void {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  let done = -1;
  return ({ loaded, total }) => {
    if (done < 0) progress.start("hub", name, megabytes(total), "MB");
    progress.advance(megabytes(loaded) - Math.max(0, done));
    done = megabytes(loaded);
  };
}
