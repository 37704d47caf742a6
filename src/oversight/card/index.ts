/** A model card from records alone: every figure with the place of its record. */

export { areas, findArea } from "./areas.ts";
export {
  type AreaId,
  areaIds,
  type CardFact,
  type CardFigure,
  type Departure,
  type FigureSource,
  type FoundCard,
  keepCard,
  readCard,
} from "./found.ts";
export { countTopics, type UsedRequest } from "./topics.ts";
export { metadataOf, showFigure, writeCard } from "./write-card.ts";
