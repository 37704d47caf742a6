import { beforeAll, expect, test } from "vitest";
import { setRooms } from "./room.ts";
import { roomPlaces } from "./room-places.ts";
import { formatRoute, linkTo, parseRoute } from "./route.ts";

beforeAll(() => setRooms(roomPlaces));

test.each([
  ["", { run: null, page: "runs", id: null, query: "" }],
  ["#/", { run: null, page: "runs", id: null, query: "" }],
  ["#/demo", { run: "demo", page: "overview", id: null, query: "" }],
  ["#/demo/", { run: "demo", page: "overview", id: null, query: "" }],
  ["#/demo/chains?principle=help&q=a%26b", { run: "demo", page: "chains", id: null, query: "principle=help&q=a%26b" }],
  ["#/demo/chain/red-team-1?x=1?2", { run: "demo", page: "chains", id: "red-team-1", query: "x=1?2" }],
  [
    "#/demo/record/sl-cai/red-team-1/revision-2",
    { run: "demo", page: "record", id: "sl-cai/red-team-1/revision-2", query: "" },
  ],
  ["#/demo/suite/xstest/119", { run: "demo", page: "evaluations", id: "xstest/119", query: "" }],
  ["#/a%2Fb/principle/caf%C3%A9%20%25", { run: "a/b", page: "principles", id: "café %", query: "" }],
  ["#/compare?a=demo@sl-cai", { run: null, page: "compare", id: null, query: "a=demo@sl-cai" }],
  ["#/%63ompare", { run: "compare", page: "overview", id: null, query: "" }],
])("the page at %j", (fragment, route) => {
  expect(parseRoute(fragment)).toEqual(route);
  expect(parseRoute(formatRoute(route as Parameters<typeof formatRoute>[0]))).toEqual(route);
});

test("no page is no page", () => {
  for (const fragment of ["#/demo/nothing", "#/demo/chain", "#/demo/chains/x", "#/demo/constructor"]) {
    expect(parseRoute(fragment)).toBeUndefined();
  }
  expect(parseRoute("#/%E0%A4%A/chains")?.run).toBe("%E0%A4%A");
});

test("a link keeps the slashes of an id and hides its other signs", () => {
  expect(linkTo("demo", "record", "sl-cai/a?b#c/revision-1")).toBe("#/demo/record/sl-cai/a%3Fb%23c/revision-1");
  expect(linkTo("demo", "chains", null, "q=x")).toBe("#/demo/chains?q=x");
  expect(linkTo("compare", "chains")).toBe("#/%63ompare/chains");
});
