import { say } from "./language.ts";
import type { Mine, Published } from "./wire.ts";

const size = 360;
const middle = size / 2;
const letters = ["A", "B", "C", "D", "E"];

export const groupLetter = (group: number): string => letters[group] ?? String(group + 1);

/** The live map: people as dots on a raster, groups by colour and letter, oneself as a ring. */
export function OpinionMap({
  result,
  place,
  smallest,
}: {
  readonly result: Published;
  readonly place: Mine["place"];
  readonly smallest: number;
}) {
  const largest = Math.max(1, ...result.cells.map(({ people }) => people));
  const toX = (x: number): number => middle + clamp(x) * (middle - 18);
  const toY = (y: number): number => middle - clamp(y) * (middle - 18);
  const label = say("mapLabel", { people: result.people, groups: result.groups.length });
  return (
    <figure class="map">
      <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
        <path class="cross" d={`M${middle} 0V${size}M0 ${middle}H${size}`} />
        {result.cells.map(({ x, y, group, people }) => (
          <circle
            key={`${x},${y},${group}`}
            class={group === null ? "cell none" : `cell group-${group}`}
            cx={toX(x)}
            cy={toY(y)}
            r={4 + 12 * Math.sqrt(people / largest)}
          />
        ))}
        {result.groups.map((group, i) =>
          group === null ? null : (
            <text
              key={groupLetter(i)}
              class={`letter group-${i}`}
              x={toX(group.x)}
              y={toY(group.y)}
              dy="0.35em"
              text-anchor="middle"
            >
              {groupLetter(i)}
            </text>
          ),
        )}
        {place === null ? null : <You x={toX(place.x / (result.reach || 1))} y={toY(place.y / (result.reach || 1))} />}
      </svg>
      <figcaption>{say("mapHint", { smallest })}</figcaption>
    </figure>
  );
}

function You({ x, y }: { readonly x: number; readonly y: number }) {
  const isRight = x > size * 0.8;
  return (
    <g class="you" data-x={x.toFixed(1)} data-y={y.toFixed(1)}>
      <circle class="halo" cx={x} cy={y} r="9" />
      <circle cx={x} cy={y} r="7" />
      <text x={isRight ? x - 13 : x + 13} y={y} dy="0.35em" text-anchor={isRight ? "end" : "start"} direction="ltr">
        {say("you")}
      </text>
    </g>
  );
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
