import { describe, expect, it } from "vitest";
import { fetchedBytes } from "./fetched.ts";

describe("fetchedBytes", () => {
  it("adds up what pip fetched, and not what its cache had", () => {
    const printed = `Collecting trl==1.16.0
  Downloading trl-1.16.0-py3-none-any.whl.metadata (11 kB)
Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (899.7 MB)
   ━━━━━━━━━━━━━━━━ 899.7/899.7 MB 40.1 MB/s  0:00:22
Using cached numpy-2.3.1-cp311-cp311-manylinux_2_28_x86_64.whl (16.9 MB)
`;
    expect(fetchedBytes(printed)).toBe(899_711_000);
  });

  it("reads uv's lines, whose units are powers of two", () => {
    expect(fetchedBytes("Resolved 3 packages in 1s\nDownloading torch (1.5GiB)\n Downloaded torch\n")).toBe(
      1.5 * 2 ** 30,
    );
    expect(fetchedBytes("Downloading numpy (2.0KiB)\r\nDownloading x (3B)\n")).toBe(2051);
  });

  it("is nothing where nothing was fetched", () => {
    expect(fetchedBytes("Requirement already satisfied: trl==1.16.0\n")).toBe(0);
  });
});
