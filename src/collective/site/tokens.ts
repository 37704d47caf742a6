import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { tryJson } from "../../storage/index.ts";

const invitationSchema = z.strictObject({
  /** Names the person of a listed invitation: whoever opens it, on any device, is the same voter. */
  id: z.string().min(1),
  /** `listed`: one person; `open`: everybody who has it. */
  kind: z.enum(["listed", "open"]),
  /** Milliseconds since 1970. */
  expires: z.int(),
});
export type Invitation = z.infer<typeof invitationSchema>;

const mostKnown = 50_000;

/**
 * Signed names: who a voter is, who was invited, who organises. All from one key that stays with the log, so that nothing
 * about a person is kept anywhere: a token is checked, never looked up.
 */
export class Tokens {
  readonly #key: string;
  /** Tokens that were checked, for the next time. */
  readonly #known = new Map<string, string>();

  constructor(key: string) {
    this.#key = key;
  }

  static newKey(): string {
    return randomBytes(32).toString("base64url");
  }

  /** What the organiser's link holds. */
  get organiser(): string {
    return this.#sign("organiser", "");
  }

  isOrganiser(token: string | undefined): boolean {
    return token !== undefined && isSame(token, this.organiser);
  }

  /** A token for somebody new, or, for a listed invitation, for the person whom it names. */
  newVoter(invitation?: Invitation): string {
    const id =
      invitation?.kind === "listed" ? this.#sign("listed", invitation.id) : randomBytes(18).toString("base64url");
    return `${id}.${this.#sign("voter", id)}`;
  }

  /** The pseudonym under which the log knows whoever holds a token; undefined for a token that was not given here. */
  pseudonymOf(token: string | undefined): string | undefined {
    if (token === undefined) return undefined;
    const known = this.#known.get(token);
    if (known !== undefined) return known;
    const [id = "", signature = "", ...more] = token.split(".");
    if (more.length > 0 || !isSame(signature, this.#sign("voter", id))) return undefined;
    const pseudonym = this.#sign("pseudonym", id).slice(0, 22);
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(token, pseudonym);
    return pseudonym;
  }

  invite(invitation: Invitation): string {
    const text = Buffer.from(JSON.stringify(invitation)).toString("base64url");
    return `${text}.${this.#sign("invitation", text)}`;
  }

  /** Undefined for what is no invitation of this conversation; an expired one is still one. */
  readInvitation(code: string): Invitation | undefined {
    const [text = "", signature = ""] = code.split(".");
    if (!isSame(signature, this.#sign("invitation", text))) return undefined;
    return invitationSchema.safeParse(tryJson(Buffer.from(text, "base64url").toString())).data;
  }

  #sign(purpose: string, text: string): string {
    return createHmac("sha256", this.#key).update(`${purpose}\n${text}`).digest("base64url");
  }
}

function isSame(sent: string, own: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(own)];
  return a.length === b.length && timingSafeEqual(a, b);
}
