import { describe, expect, test } from "vitest";
import { Tokens } from "./tokens.ts";

const [own, other] = [new Tokens(Tokens.newKey()), new Tokens(Tokens.newKey())];

describe("a token", () => {
  test("stands for one pseudonym, which does not tell it, and for none elsewhere", () => {
    const token = own.newVoter();
    const pseudonym = own.pseudonymOf(token);
    expect(pseudonym).toMatch(/^[\w-]{22}$/);
    expect(own.pseudonymOf(token)).toBe(pseudonym);
    expect(token).not.toContain(pseudonym);
    expect(other.pseudonymOf(token)).toBeUndefined();
    expect(own.pseudonymOf(own.newVoter())).not.toBe(pseudonym);
  });

  test.each(["", ".", "a.b", "a.b.c", `${"x".repeat(24)}.`])("is none that nobody signed: %j", (token) => {
    expect(own.pseudonymOf(token)).toBeUndefined();
  });

  test("that was changed in any place is none", () => {
    const token = own.newVoter();
    for (let i = 0; i < token.length - 1; i++) {
      const changed = `${token.slice(0, i)}${token[i] === "A" ? "B" : "A"}${token.slice(i + 1)}`;
      expect(own.pseudonymOf(changed)).toBeUndefined();
    }
  });

  test("of a voter, of the organiser and of an invitation are not one another's", () => {
    const code = own.invite({ id: "x", kind: "open", expires: 1 });
    expect(own.pseudonymOf(code)).toBeUndefined();
    expect(own.isOrganiser(own.newVoter())).toBe(false);
    expect(own.readInvitation(own.newVoter())).toBeUndefined();
    expect(own.readInvitation(code)).toEqual({ id: "x", kind: "open", expires: 1 });
    expect(other.readInvitation(code)).toBeUndefined();
  });
});
