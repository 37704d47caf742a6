import { rng } from "../../src/rng.ts";

/** Three tasks of reading a few facts out of a sentence, each with its schema, two examples and items made by rule. */
export interface WrittenTask {
  readonly name: string;
  readonly instruction: string;
  readonly schema: object;
  readonly items: readonly { readonly id: string; readonly input: string; readonly output: unknown }[];
  readonly examples: readonly { readonly id: string; readonly input: string; readonly output: unknown }[];
  readonly maxTokens: number;
}

const object = (properties: object) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = { type: "string", minLength: 1, maxLength: 60 };
const whole = { type: "integer", minimum: 0, maximum: 100_000 };

type Draw = ReturnType<typeof rng>;
type Made = { readonly input: string; readonly output: unknown };

function product(draw: Draw): Made {
  const name = draw.pick(["lamp", "kettle", "rug", "mirror", "clock", "vase", "stool", "basket"]);
  const colour = draw.pick(["red", "blue", "green", "black", "white", "yellow"]);
  const inches = 3 + draw.integer(40);
  const price = 5 + draw.integer(90);
  const input = draw.pick([
    `This ${colour} ${name} is ${inches} inches wide and costs ${price} dollars.`,
    `For ${price} dollars you get a ${name} in ${colour}, ${inches} inches wide.`,
    `A ${name}, ${inches} inches across, painted ${colour}. Price: ${price} dollars.`,
  ]);
  return { input, output: { name, colour, inches, price } };
}

function visit(draw: Draw): Made {
  const person = draw.pick(["Anna", "Boris", "Carla", "David", "Elena", "Frank", "Greta", "Hugo"]);
  const role = draw.pick(["plumber", "painter", "doctor", "teacher", "gardener"]);
  const day = draw.pick(["monday", "tuesday", "wednesday", "thursday", "friday"]);
  const hour = 8 + draw.integer(10);
  const isFirst = draw.integer(2) === 1;
  const [first] = day;
  const named = `${first?.toUpperCase()}${day.slice(1)}`;
  const input = `${person}, the ${role}, comes on ${named} at ${hour} o'clock${isFirst ? " for the first time" : ", as last week"}.`;
  return { input, output: { who: { name: person, role }, day, hour, isFirst } };
}

function recipe(draw: Draw): Made {
  const dish = draw.pick(["soup", "bread", "cake", "salad", "stew"]);
  const [a, b] = draw.shuffle(["flour", "butter", "sugar", "rice", "onions", "carrots", "beans", "cheese"]);
  const [x, y] = [50 * (1 + draw.integer(9)), 10 * (1 + draw.integer(20))];
  const input = `For the ${dish} take ${x} grams of ${a} and ${y} grams of ${b}.`;
  return {
    input,
    output: {
      dish,
      parts: [
        { item: a, grams: x },
        { item: b, grams: y },
      ],
    },
  };
}

const tasks = [
  {
    name: "product",
    instruction:
      "Give the name, the colour, the width in inches and the price in dollars as JSON with the keys name, colour, inches and price.",
    schema: object({ name: text, colour: text, inches: whole, price: whole }),
    make: product,
    maxTokens: 64,
  },
  {
    name: "visit",
    instruction:
      "Give who comes (name and role), the day in small letters, the hour, and whether it is the first time as JSON with the keys who, day, hour and isFirst.",
    schema: object({
      who: object({ name: text, role: text }),
      day: { enum: ["monday", "tuesday", "wednesday", "thursday", "friday"] },
      hour: { ...whole, maximum: 24 },
      isFirst: { type: "boolean" },
    }),
    make: visit,
    maxTokens: 72,
  },
  {
    name: "recipe",
    instruction: "Give the dish and its parts, each with item and grams, as JSON with the keys dish and parts.",
    schema: object({
      dish: text,
      parts: { type: "array", items: object({ item: text, grams: whole }), minItems: 1, maxItems: 6 },
    }),
    make: recipe,
    maxTokens: 96,
  },
] as const;

/** `count` items of every task, no two of one task alike, and two more as its examples. */
export function writeTasks(count: number): WrittenTask[] {
  return tasks.map(({ make, ...task }) => {
    const draw = rng(1, "steering", task.name);
    const made = new Map<string, Made>();
    while (made.size < count + 2) {
      const one = make(draw);
      made.set(one.input, one);
    }
    const all = [...made.values()].map((one, index) => ({ id: `${task.name}-${index}`, ...one }));
    return { ...task, examples: all.slice(0, 2), items: all.slice(2) };
  });
}
