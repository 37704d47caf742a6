import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreceptError } from "../../../errors.ts";
import { decodeSafetensors } from "../safetensors.ts";
import { typeName } from "./block-types.ts";
import { GgufFile } from "./gguf-file.ts";

// test/fixtures/gguf is written by python/make_gguf.py, with the package gguf.
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/fixtures/gguf/${name}`, import.meta.url));

describe("a GGUF file", () => {
  it("has the same numbers as in the Python package gguf, bit for bit, in every type that is read", async () => {
    const expected = decodeSafetensors(await readFile(fixture("types.safetensors")), "types.safetensors");
    const file = await GgufFile.open(fixture("types.gguf"));
    try {
      const types = [...file.tensors.values()].map(({ name, type }) => [name, typeName(type)] as const);
      expect(types.map(([name]) => name).sort()).toEqual([...expected.keys()].sort());
      expect(types).toHaveLength(11);
      for (const [name, type] of types) {
        expect(type).toBe(name);
        const { shape, data } = await file.read(name);
        expect(shape, name).toEqual([3, 512]);
        const bits = (numbers: Float32Array): Uint32Array =>
          new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
        expect(
          Buffer.from(bits(data).buffer).equals(Buffer.from(bits(expected.get(name)!.data.slice()).buffer)),
          name,
        ).toBe(true);
      }
    } finally {
      await file.close();
    }
  });

  it("decodes a block that was computed by hand", async () => {
    const { decodeQ4_1 } = await import("./blocks-of-32.ts");
    const block = new Uint8Array(20);
    block.set([0x00, 0x38, 0x00, 0xbc, 0x21, 0xf0]); // 0.5, −1; numbers 1 and 2, 0 and 15
    const numbers = new Float32Array(32);
    decodeQ4_1(block, numbers);
    expect([numbers[0], numbers[16], numbers[1], numbers[17], numbers[2]]).toEqual([-0.5, 0, -1, 6.5, -1]);
  });
});

describe("a GGUF file that is not read", () => {
  let folder = "";
  let bytes: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precept-gguf-"));
    bytes = await readFile(fixture("tiny.gguf"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const refusal = async (change: (bytes: Buffer) => Buffer): Promise<string> => {
    const path = join(folder, "bad.gguf");
    await writeFile(path, change(Buffer.from(bytes)));
    const error = await GgufFile.open(path).then(
      () => undefined,
      (reason: PreceptError) => reason,
    );
    expect(error?.code).toBe("checkpoint-invalid");
    return (error?.message ?? "").replaceAll(path, "FILE");
  };
  const edited =
    (edit: (whole: Buffer) => unknown) =>
    (whole: Buffer): Buffer => {
      edit(whole);
      return whole;
    };
  /** Puts metadata in front of what is there. */
  const withNumber =
    (key: string, value: number) =>
    (whole: Buffer): Buffer => {
      const entry = Buffer.alloc(8 + key.length + 8);
      entry.writeBigUInt64LE(BigInt(key.length));
      entry.write(key, 8);
      entry.writeUInt32LE(4, 8 + key.length);
      entry.writeUInt32LE(value, 12 + key.length);
      whole.writeBigUInt64LE(whole.readBigUInt64LE(16) + 1n, 16);
      return Buffer.concat([whole.subarray(0, 24), entry, whole.subarray(24)]);
    };
  const replaced =
    (from: string, to: Uint8Array) =>
    (whole: Buffer): Buffer => {
      whole.set(to, whole.indexOf(from));
      return whole;
    };

  it("because it is cut, says so wherever it ends", async () => {
    expect(await refusal((whole) => whole.subarray(0, whole.length - 1))).toMatch(/cut within blk\.|cut within \w/);
    for (const length of [0, 3, 12, 30, 500, 5000])
      expect(await refusal((whole) => whole.subarray(0, length)), `${length}`).toContain(
        `${length} bytes, cut within the header`,
      );
  });

  it("because it is another kind of file, or another version", async () => {
    expect(await refusal(() => Buffer.from("PK\u0003\u0004 and more"))).toContain("no GGUF at its start");
    expect(await refusal(edited((whole) => whole.writeUInt32LE(1, 4)))).toContain("version 1");
    expect(await refusal(edited((whole) => whole.writeUInt32BE(3, 4)))).toContain("big-endian");
  });

  it("because it is one part of several", async () => {
    const message = await refusal(withNumber("split.count", 3));
    expect(message).toContain("one part of a model in 3 files");
    expect(message).toContain("llama-gguf-split --merge");
  });

  it("because of a type that is not read, by its name", async () => {
    const at = bytes.indexOf("token_embd.weight") + "token_embd.weight".length + 4 + 16;
    const withType = (type: number) => edited((whole) => whole.writeUInt32LE(type, at));
    expect(await refusal(withType(10))).toContain("token_embd.weight of the type Q2_K");
    expect(await refusal(withType(23))).toContain("IQ4_XS");
    expect(await refusal(withType(99))).toContain("number 99");
    expect(await refusal(withType(12))).toContain("rows of a multiple of 256");
  });

  it("because of nonsense in its header", async () => {
    const many = edited((whole) => whole.writeBigUInt64LE(2n ** 60n, 8));
    expect(await refusal(many)).toContain("tensors: 1152921504606846976");
    expect(await refusal(replaced("blk.1.attn_q.weight", Buffer.from("blk.0.attn_q.weight")))).toContain(
      "blk.0.attn_q.weight twice",
    );
    expect(await refusal(withNumber("general.architecture", 1))).toContain("general.architecture twice");
  });
});
