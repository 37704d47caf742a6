/**
 * Which rows of a long list are drawn, and where. All have one height, so that this is arithmetic: a million rows are higher than
 * browsers let an element be (Firefox: 17.9 million px), so beyond `highest` the scroll bar is finer than the rows.
 */
const highest = 12_000_000;

export interface ListShape {
  readonly count: number;
  readonly rowHeight: number;
  /** Of what is seen. */
  readonly height: number;
}

export const totalHeight = ({ count, rowHeight }: ListShape): number => Math.min(highest, count * rowHeight);

/** Where a row lies that has as many rows before it; in px from the first, without regard to the limit. */
function toReal(top: number, shape: ListShape): number {
  const [drawn, real] = [totalHeight(shape) - shape.height, shape.count * shape.rowHeight - shape.height];
  return drawn <= 0 || real <= drawn ? top : (top / drawn) * real;
}

function toDrawn(top: number, shape: ListShape): number {
  const [drawn, real] = [totalHeight(shape) - shape.height, shape.count * shape.rowHeight - shape.height];
  return drawn <= 0 || real <= drawn ? top : (top / real) * drawn;
}

/** Rows seen at a place of the scroll bar, some more on either side, and the place of the first in px. */
export function rowsSeen(
  scrollTop: number,
  shape: ListShape,
): { readonly first: number; readonly end: number; readonly top: number } {
  const real = toReal(scrollTop, shape);
  const more = 4;
  const first = Math.max(0, Math.floor(real / shape.rowHeight) - more);
  const end = Math.min(shape.count, Math.ceil((real + shape.height) / shape.rowHeight) + more);
  return { first, end, top: scrollTop + first * shape.rowHeight - real };
}

/** The place of the scroll bar at which a row is seen, as near as can be to where it stands. */
export function scrollTo(index: number, scrollTop: number, shape: ListShape): number {
  const real = toReal(scrollTop, shape);
  const top = index * shape.rowHeight;
  const bottom = top + shape.rowHeight - shape.height;
  if (top < real || shape.rowHeight > shape.height) return toDrawn(top, shape);
  return bottom > real ? toDrawn(bottom, shape) : scrollTop;
}
