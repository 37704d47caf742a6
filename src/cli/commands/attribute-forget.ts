import type { MethodName } from "../../attribution/index.ts";
import { forgetNearest } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showForgotten } from "../show-forgotten.ts";

export interface AttributeForgetFlags {
  readonly prompt: string;
  readonly answer?: string | undefined;
  readonly by?: MethodName | undefined;
  readonly without?: number | undefined;
  readonly siblings?: number | undefined;
  readonly seed?: number | undefined;
  readonly rebuild: boolean;
  readonly json: boolean;
}

/** precept attribute forget RUN --prompt TEXT: retrain without the nearest examples. */
export async function attributeForget(this: CliContext, flags: AttributeForgetFlags, place: string): Promise<void> {
  const { by: method, json, ...options } = flags;
  const { command, signal } = this;
  const progress = progressOf(this, json);
  const forgotten = await forgetNearest(place, { ...options, method, command, progress, signal });
  if (json) printJson(this, forgotten);
  else print(this, showForgotten(forgotten, pageOf(this.process.stdout, this.env)));
}
