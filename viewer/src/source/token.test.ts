import { expect, test } from "vitest";
import { splitToken } from "./token.ts";

test.each([
  ["#token=a1", "a1", "#"],
  ["#/?token=a1", "a1", "#/"],
  ["#/demo?token=a%2B1", "a+1", "#/demo"],
  ["#/demo/chains?token=a1&q=x", "a1", "#/demo/chains?q=x"],
  ["#/demo/chains?q=x&token=a1&sort=y", "a1", "#/demo/chains?q=x&sort=y"],
  ["#/demo/chains?q=token", null, "#/demo/chains?q=token"],
  ["", null, ""],
])("the token of %j", (fragment, token, rest) => {
  expect(splitToken(fragment)).toEqual({ token, rest });
});
