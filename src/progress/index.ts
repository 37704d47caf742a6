/** What a person sees while something runs. */

export { downloadReporter } from "./download.ts";
export { type Progress, silentProgress } from "./progress.ts";
export { count, duration, type ProgressOptions, terminalProgress } from "./progress-terminal.ts";
