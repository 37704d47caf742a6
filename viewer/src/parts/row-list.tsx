import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { List } from "../list-hook.ts";
import { type ListShape, rowsSeen, scrollTo, totalHeight } from "../list-window.ts";

interface Props<Row> {
  readonly label: string;
  readonly list: List<Row>;
  /** -1: none. */
  readonly selected: number;
  readonly rowHeight: number;
  readonly need: (first: number, end: number) => Promise<unknown>;
  readonly link: (row: Row) => string;
  readonly row: (row: Row) => ComponentChildren;
}

/** Rows of a list, of which only those seen are elements. */
export function RowList<Row extends { readonly id: string }>(props: Props<Row>) {
  const { list, selected, rowHeight } = props;
  const box = useRef<HTMLDivElement>(null);
  const [{ top, height }, see] = useState({ top: 0, height: 0 });
  const shape: ListShape = { count: list.page.matching, rowHeight, height };
  const { first, end, top: start } = rowsSeen(top, shape);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => see({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);
  useLayoutEffect(() => {
    if (box.current === null || selected < 0 || height === 0) return;
    const to = scrollTo(selected, box.current.scrollTop, shape);
    if (to !== box.current.scrollTop) box.current.scrollTo({ top: to, behavior: "instant" });
  }, [selected, height > 0, list.page.matching]);
  useEffect(() => {
    if (height > 0) void props.need(first, end);
  }, [first, end, height, list]);

  return (
    <div
      id="list"
      class="list"
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={selected >= first && selected < end ? `row-${selected}` : undefined}
    >
      <div class="rows" role="presentation" style={{ height: `${totalHeight(shape)}px` }}>
        <div class="seen" role="presentation" style={{ transform: `translateY(${start}px)` }}>
          {Array.from({ length: end - first }, (_, i) => {
            const index = first + i;
            const row = list.rows.get(index);
            return (
              <a
                key={index}
                id={`row-${index}`}
                class="row"
                role="option"
                tabIndex={-1}
                href={row === undefined ? undefined : props.link(row)}
                aria-selected={index === selected}
                aria-setsize={list.page.matching}
                aria-posinset={index + 1}
                style={{ height: `${rowHeight}px` }}
              >
                {row === undefined ? <span class="meta">…</span> : props.row(row)}
              </a>
            );
          })}
        </div>
      </div>
    </div>
  );
}
