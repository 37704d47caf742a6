import { signal } from "@preact/signals";
import { ask, dropToken, keepToken, SiteError, tokenOf } from "./api.ts";
import type { Conversation, Results } from "./wire.ts";

/** What every page shows a part of. */
export const conversation = signal<Conversation | undefined>(undefined);
export const results = signal<Results | undefined>(undefined);
/** Moves whenever one's own place on the map may have. */
export const moves = signal(0);
/** Moves with everything that was decided about statements or principles. */
export const changes = signal(0);
/** The statement that was answered last elsewhere than on the card. */
export const answered = signal<string | undefined>(undefined);
/** The code of why nobody may come in; undefined once one is in. */
export const refusedBy = signal<string | undefined>(undefined);

export async function loadConversation(): Promise<void> {
  conversation.value = await ask<Conversation>("conversation");
}

export async function loadResults(): Promise<void> {
  results.value = await ask<Results>("results");
}

/** Comes in as the voter of this device, or of the invitation behind the #. */
export async function enter(): Promise<void> {
  const invitation = /[#&]invitation=([^&]+)/.exec(location.hash)?.[1];
  if (invitation !== undefined) history.replaceState(null, "", location.pathname);
  try {
    if (invitation !== undefined || tokenOf("voter") === null) await join(invitation);
    refusedBy.value = undefined;
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    refusedBy.value = error.code;
  }
}

async function join(invitation: string | undefined): Promise<void> {
  const { token } = await ask<{ token: string }>("join", invitation === undefined ? {} : { invitation });
  keepToken("voter", token);
}

/** A conversation that was begun anew knows none of the old voters. */
export async function enterAgain(): Promise<void> {
  dropToken("voter");
  await enter();
}

/** Hears what is new for as long as the page is open. */
export function listen(): void {
  const source = new EventSource("/api/news");
  const move = (): void => {
    moves.value += 1;
  };
  source.addEventListener("places", move);
  source.addEventListener("published", () => void loadResults().then(move, () => undefined));
  const hear = (): void => {
    changes.value += 1;
    void loadConversation().catch(() => undefined);
  };
  source.addEventListener("phase", hear);
  source.addEventListener("statements", hear);
}
