import type { MethodName } from "../../attribution/index.ts";
import { attributeAnswer } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showAttribution } from "../show-attribution.ts";

export interface AttributeFlags {
  readonly prompt: string;
  readonly answer?: string | undefined;
  readonly by?: MethodName | undefined;
  readonly top?: number | undefined;
  readonly seed?: number | undefined;
  readonly rebuild: boolean;
  readonly records: boolean;
  readonly embed?: string | undefined;
  readonly json: boolean;
}

/** precept attribute RUN --prompt TEXT: answer, training examples, critiques, principles. */
export async function attribute(this: CliContext, flags: AttributeFlags, place: string): Promise<void> {
  const { by: method, json, ...options } = flags;
  const { command, signal } = this;
  const progress = progressOf(this, json);
  const answer = await attributeAnswer(place, { ...options, method, command, progress, signal });
  if (json) printJson(this, answer);
  else print(this, showAttribution(answer, pageOf(this.process.stdout, this.env)));
}
