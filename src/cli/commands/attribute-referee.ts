import { refereeMethods } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showReferee } from "../show-referee.ts";

export interface AttributeRefereeFlags {
  readonly retrainings?: number | undefined;
  readonly twice?: number | undefined;
  readonly queries?: number | undefined;
  readonly quick: boolean;
  readonly seed?: number | undefined;
  readonly rebuild: boolean;
  readonly json: boolean;
}

/** precept attribute referee RUN: the linear datamodeling score of each method. */
export async function attributeReferee(this: CliContext, flags: AttributeRefereeFlags, place: string): Promise<void> {
  const { json, ...options } = flags;
  const { command, signal } = this;
  const judged = await refereeMethods(place, { ...options, command, signal, progress: progressOf(this, json) });
  if (json) printJson(this, judged);
  else print(this, showReferee(judged, pageOf(this.process.stdout, this.env)));
}
