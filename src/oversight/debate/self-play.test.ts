import { expect, test } from "vitest";
import { promptText, scriptedModel } from "../../models/scripted.ts";
import { chatJudge, chatSpeaker } from "./chat-templates.ts";
import { judge, lamp, playerOf } from "./debate.test-support.ts";
import { playForTurns } from "./self-play.ts";

test("what a debater learns from is the turn that convinced the judge, and nothing where none did", async () => {
  let asked = 0;
  const player = scriptedModel({
    id: "player",
    generate: ({ prompt }) => {
      const place = /the right answer is [AB]: "the (\w+)"/.exec(promptText(prompt))?.[1] ?? "";
      asked += 1;
      return asked % 2 === 0 ? "Believe me." : `<quote>The lamp stands in the ${place}.</quote>`;
    },
  });
  // Blind, the judge leans to A with 0.7: made-up quotations lose, and so do bare words for B.
  const turns = await playForTurns(
    [lamp],
    { debaters: [playerOf(player)], judge: playerOf(judge()), speaker: chatSpeaker, judging: chatJudge },
    { rounds: 1, samples: 2, temperature: 1, seed: 1 },
  );
  expect(turns.map(({ id, completion }) => [id, completion])).toEqual([
    ["lamp/debate/A/1", "<quote>The lamp stands in the inn.</quote>"],
    ["lamp/alone-A/A/1", "<quote>The lamp stands in the inn.</quote>"],
  ]);
  expect(turns.every(({ score, least }) => score === 0.9 && least === 0.7)).toBe(true);
  expect(promptText(turns[0]?.prompt ?? "")).toContain("Another speaker, who has read it too, argues for B.");
  expect(promptText(turns[1]?.prompt ?? "")).toContain("Nobody speaks for the other answer.");
});
