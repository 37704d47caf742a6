import { useState } from "preact/hooks";
import type { Neighbour, RecordPage } from "../../../src/view/source.ts";
import { formatBytes, formatCount } from "../format.ts";
import { useKeys, useLoaded } from "../hooks.ts";
import { CausedLink, ShapedLink } from "../parts/inside-link.tsx";
import { Notices } from "../parts/notices.tsx";
import { PrincipleLink } from "../parts/principle-link.tsx";
import { PublicLink } from "../parts/public-link.tsx";
import { RecordText } from "../parts/record-text.tsx";
import { ReviewFlags } from "../parts/review-flags.tsx";
import { copyLink } from "../parts/shell.tsx";
import { Message, nameStage, Waiting } from "../parts/words.tsx";
import { reviewVersion } from "../review.ts";
import type { RoomProps } from "../room.ts";
import { linkTo } from "../route.ts";
import { saveAs } from "../save.ts";
import { openRoute, source } from "../state.ts";

/** One record as it stands, where it lies, what it was made from and what was made from it. */
export function RecordRoom({ run, id: open }: RoomProps) {
  const id = open ?? "";
  const { value: page, error } = useLoaded(`${run}/${id}#${reviewVersion.value}`, () => source.record(run, id));
  const [isRaw, showRaw] = useState(false);
  useKeys({
    raw: () => showRaw(!isRaw),
    back: () => {
      if (page?.chain != null) openRoute({ run, page: "chains", id: page.chain, query: "" });
      else history.back();
    },
  });
  if (error !== undefined) return <Message error={error} />;
  if (page === undefined) {
    return (
      <main id="main" class="page" tabIndex={-1}>
        <Waiting for="the record" />
      </main>
    );
  }
  return (
    <main id="main" class="page record" tabIndex={-1}>
      <p class="kicker">
        {page.type ?? "record"} · {nameStage(page.stage)}
      </p>
      <h1 class="mono">{page.id}</h1>
      <div class="tools">
        {page.chain === null ? null : (
          <a class="button" href={linkTo(run, "chains", page.chain)}>
            Its chain
          </a>
        )}
        {page.type === "sl-example" ? <CausedLink run={run} id={page.id} class="button" /> : null}
        <ShapedLink run={run} id={page.id} of={subjectOf(page)} class="button" />
        <button type="button" class="button" aria-pressed={isRaw} onClick={() => showRaw(!isRaw)}>
          Raw record <kbd>r</kbd>
        </button>
        <button type="button" class="button" onClick={() => void copyLink()}>
          Copy link <kbd>c</kbd>
        </button>
        <ReviewFlags run={run} of={[page]} />
      </div>
      <Notices of={page.notices} />
      <div class="columns">
        <div>
          <Body run={run} page={page} isRaw={isRaw} />
        </div>
        <aside aria-label="Its place">
          <Neighbours run={run} title="Made from" of={page.parents} more={0} />
          <Neighbours run={run} title="Made from it" of={page.children} more={page.childCount - page.children.length} />
          <section>
            <h2>Where it stands</h2>
            <dl class="facts">
              <dt>File</dt>
              <dd>{page.file}</dd>
              <dt>From byte</dt>
              <dd>{formatCount(page.byteOffset)}</dd>
              <dt>Size</dt>
              <dd>{formatBytes(page.byteLength)}</dd>
            </dl>
          </section>
        </aside>
      </div>
    </main>
  );
}

/** The checkpoint that gave an answer. */
function subjectOf({ type, record }: RecordPage): unknown {
  return type === "answer" && typeof record === "object" && record !== null && "subject" in record
    ? record.subject
    : undefined;
}

function Body({ run, page, isRaw }: { readonly run: string; readonly page: RecordPage; readonly isRaw: boolean }) {
  if (page.record === null || typeof page.record !== "object") {
    return (
      <>
        <p class="note">{formatBytes(page.byteLength)} are more than is shown of a record at once: this is its head.</p>
        <p class="more">
          <button
            type="button"
            class="button small"
            onClick={() => void saveAs(`${page.id.replaceAll("/", "-")}.json`, source.downloadRecord(run, page.id))}
          >
            Save the whole record
          </button>
        </p>
        <pre class="raw">{page.head ?? ""}…</pre>
      </>
    );
  }
  if (isRaw) return <pre class="raw">{JSON.stringify(page.record, null, 2)}</pre>;
  return (
    <dl class="fields">
      {fieldsOf(page.record).map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{name === "parents" ? <Parents run={run} of={page.parents} /> : <Value of={value} />}</dd>
        </>
      ))}
    </dl>
  );
}

/** Texts first, then what belongs to them; what stands in the head of the page is left out. */
function fieldsOf(record: object): [string, unknown][] {
  const fields = Object.entries(record).filter(([name]) => name !== "id" && name !== "type");
  const isText = (value: unknown): boolean => typeof value === "string" && /\s/u.test(value);
  return [...fields.filter(([, value]) => isText(value)), ...fields.filter(([, value]) => !isText(value))];
}

function Parents({ run, of }: { readonly run: string; readonly of: readonly Neighbour[] }) {
  return (
    <>
      {of.map(({ id, type }) => (
        <a key={id} class="mono block" href={linkTo(run, type === "prompt" ? "chains" : "record", id)}>
          {id}
        </a>
      ))}
    </>
  );
}

function Value({ of }: { readonly of: unknown }) {
  if (typeof of === "string") return /\s/u.test(of) ? <RecordText text={of} small /> : <code>{of}</code>;
  if (of === null || typeof of !== "object") return <code>{String(of)}</code>;
  const line = JSON.stringify(of);
  return line.length < 90 ? <code>{line}</code> : <pre class="raw">{JSON.stringify(of, null, 2)}</pre>;
}

interface NeighboursProps {
  readonly run: string;
  readonly title: string;
  readonly of: readonly Neighbour[];
  readonly more: number;
}

function Neighbours({ run, title, of, more }: NeighboursProps) {
  if (of.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ul class="neighbours">
        {of.map(({ id, type, stage, principle }) => (
          <li key={id}>
            <a href={type === "prompt" ? linkTo(run, "chains", id) : linkTo(run, "record", id)}>
              {type}
              {stage === null || type === "prompt" ? "" : `, ${nameStage(stage)}`}
            </a>
            {principle === null ? null : (
              <>
                {" "}
                under <PrincipleLink run={run} id={principle} /> <PublicLink run={run} id={principle} />
              </>
            )}
            <code class="meta">{id}</code>
          </li>
        ))}
        {more > 0 ? <li class="meta">{formatCount(more)} more</li> : null}
      </ul>
    </section>
  );
}
