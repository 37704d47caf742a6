import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { AddStatement } from "./add-statement.tsx";
import { Ballot } from "./ballot.tsx";
import { say, sayIfKnown } from "./language.ts";
import { Mine } from "./mine.tsx";
import { Head, Said } from "./parts.tsx";
import { ResultsPage } from "./results.tsx";
import { conversation, enter, loadConversation, loadResults, refusedBy } from "./town-state.ts";
import { VotePage } from "./vote-page.tsx";
import type { Phase } from "./wire.ts";

type Page = "vote" | "results" | "mine" | "ballot";
const isReady = signal(false);
const page = signal<Page>("vote");

const tabsOf = (phase: Phase): readonly Page[] =>
  phase === "ratification" || phase === "ratified" ? ["ballot", "results", "mine"] : ["vote", "results", "mine"];
const names = { vote: "tabVote", results: "tabResults", mine: "tabMine", ballot: "tabBallot" } as const;

/** What the public sees. */
export function VoterApp() {
  useEffect(() => {
    void start();
    const follow = (): void => {
      page.value = pageOf(location.hash);
    };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const known = conversation.value;
  if (known === undefined) return <p class="waiting">{say("waiting")}</p>;
  const tabs = tabsOf(known.phase);
  const shown = tabs.includes(page.value) ? page.value : (tabs[0] ?? "vote");
  document.title = `${known.title} · ${say(names[shown])}`;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        {say("skip")}
      </button>
      <Head>
        <h1>
          <Said text={known.question} />
        </h1>
        {known.about === null ? null : <Said tag="p" text={known.about} />}
        <nav aria-label={known.title}>
          {tabs.map((tab) => (
            <a key={tab} href={`#${tab}`} aria-current={tab === shown ? "page" : undefined}>
              {say(names[tab])}
            </a>
          ))}
        </nav>
      </Head>
      <main id="main" tabIndex={-1}>
        {refusedBy.value !== undefined ? <Refused /> : isReady.value ? <Shown page={shown} /> : null}
      </main>
    </>
  );
}

async function start(): Promise<void> {
  await loadConversation().catch(() => undefined);
  await enter();
  page.value = pageOf(location.hash);
  isReady.value = true;
  await loadResults().catch(() => undefined);
}

const pageOf = (hash: string): Page =>
  (["results", "mine", "ballot"] as const).find((it) => hash === `#${it}`) ?? "vote";

function Shown({ page: shown }: { readonly page: Page }) {
  if (shown === "results") return <ResultsPage />;
  if (shown === "mine") return <Mine />;
  if (shown === "ballot") return <Ballot />;
  return (
    <>
      <VotePage />
      {conversation.value?.phase === "voting" ? <AddStatement /> : null}
    </>
  );
}

function Refused() {
  const code = refusedBy.value ?? "";
  return (
    <section class="note-page">
      <h2>{say("welcomeClosed")}</h2>
      {code === "not-invited" ? null : <p role="alert">{sayIfKnown(`error-${code}`, code)}</p>}
      <p>{say("welcomeClosedMore")}</p>
    </section>
  );
}
