import { expect, test } from "vitest";
import { z } from "zod";
import { defineStage, orderStages, renameStage, stagesAfter } from "./stage.ts";

const schema = z.object({ id: z.string() });
const stage = (name: string, ...after: string[]) => defineStage({ name, after, records: { records: schema } });

test("stages stand in the order that `after` says, else as given", () => {
  const stages = [stage("report", "evaluate"), stage("probes"), stage("evaluate", "train"), stage("train")];
  expect(orderStages(stages).map(({ name }) => name)).toEqual(["train", "evaluate", "report", "probes"]);
});

test("a circle of stages still has an order, and what comes after each is found", () => {
  const circle = { a: stage("a", "b"), b: stage("b", "a"), c: stage("c", "b") };
  expect(orderStages(Object.values(circle)).map(({ name }) => name)).toEqual(["b", "a", "c"]);
  expect([...stagesAfter("a", circle)].sort()).toEqual(["b", "c"]);
});

test("a name that could not be a folder is refused, renamed ones too", () => {
  for (const name of ["", "../up", "Features", "con:", "3", "a--b"]) {
    expect(() => stage(name)).toThrow("the stage name");
    expect(() => renameStage(stage("fine"), name)).toThrow("the stage name");
  }
});
