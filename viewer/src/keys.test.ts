import { beforeAll, expect, test } from "vitest";
import { KeyReader, keyMap, type Press, roomKeys } from "./keys.ts";
import { setRooms } from "./room.ts";
import { roomPlaces } from "./room-places.ts";

const press = (key: string, rest: Partial<Press> = {}): Press => ({
  key,
  at: 0,
  hasModifier: false,
  isTyping: false,
  ...rest,
});

beforeAll(() => setRooms(roomPlaces));

test("no key asks for two things", () => {
  expect(roomKeys().size).toBe(roomPlaces.filter((place) => "key" in place).length + 1);
  const keys = keyMap.flatMap((entry) => entry.keys);
  expect(new Set([...keys, "g"]).size).toBe(keys.length + 1);
});

test("every key asks for what the help says, alone", () => {
  for (const { keys, action } of keyMap) {
    for (const key of keys) {
      expect(new KeyReader().read(press(key))).toBe(action);
      expect(new KeyReader().read(press(key, { hasModifier: true }))).toBeUndefined();
      expect(new KeyReader().read(press(key, { isTyping: true }))).toBe(key === "Escape" ? action : undefined);
    }
  }
});

test("g and a letter lead to a room, if the letter comes in time", () => {
  for (const [letter, room] of roomKeys()) {
    const keys = new KeyReader();
    expect(keys.read(press("g", { at: 100 }))).toBeUndefined();
    expect(keys.read(press(letter, { at: 400 }))).toBe(`go:${room}`);
    expect(keys.read(press(letter, { at: 500 }))).not.toBe(`go:${room}`);
  }
  const slow = new KeyReader();
  slow.read(press("g", { at: 0 }));
  expect(slow.read(press("c", { at: 5000 }))).toBe("copy");
  const other = new KeyReader();
  other.read(press("g", { at: 0 }));
  expect(other.read(press("j", { at: 100 }))).toBe("next");
});
