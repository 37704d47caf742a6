import { describe, expect, it } from "vitest";
import { byteTokenizer } from "../../../test/support/byte-tokenizer.ts";
import { huggingFaceTokenizer } from "../../tokenizer/index.ts";
import { encodeExample, encodePrompt, encodeResponse, responseText } from "./encoding.ts";
import { encodePairs } from "./pairs.ts";

const turns = (body: string, prompt: string): string =>
  `{% for m in messages %}${body}{% endfor %}{% if add_generation_prompt %}${prompt}{% endif %}`;

/** Templates in the shapes of the families, and what they write of an answer after the prompt (as jinja2 3.1 has it). */
const families = [
  {
    name: "ChatML",
    special: ["<|endoftext|>", "<|endoftext2|>", "<|im_start|>", "<|im_end|>"],
    template: turns(
      "{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}",
      "<|im_start|>assistant\n",
    ),
    written: "Yes, two.<|im_end|>\n",
    end: "<|im_end|>",
  },
  {
    name: "Llama 3",
    special: ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    template: `{{ bos_token }}${turns(
      "{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim + '<|eot_id|>' }}",
      "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}",
    )}`,
    written: "Yes, two.<|eot_id|>",
    end: "<|eot_id|>",
  },
  {
    name: "Gemma",
    special: ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"],
    template: `{{ bos_token }}${turns(
      "{% if m['role'] == 'assistant' %}{% set role = 'model' %}{% else %}{% set role = m['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + m['content'] | trim + '<end_of_turn>\n' }}",
      "{{ '<start_of_turn>model\n' }}",
    )}`,
    written: "Yes, two.<end_of_turn>\n",
    end: "<end_of_turn>",
  },
  {
    name: "Mistral",
    special: ["<s>", "</s>", "[INST]", "[/INST]"],
    template:
      "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}",
    written: " Yes, two.</s>",
    end: "</s>",
  },
  {
    name: "Phi-3",
    special: ["<s>", "<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"],
    template: `{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}`,
    written: "Yes, two.<|end|>\n<|endoftext|>",
    end: "<|end|>",
  },
  {
    name: "Qwen 3",
    special: ["<|endoftext|>", "<|endoftext2|>", "<|im_start|>", "<|im_end|>"],
    template: `{%- set ns = namespace(last=0) %}
{%- for m in messages %}{% if m.role == 'user' and not (m.content.startswith('<tool_response>') and m.content.endswith('</tool_response>')) %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}
{%- if tools %}{{- '<tools>' }}{% endif %}
{%- for m in messages %}
    {%- if m.role != 'assistant' %}
        {{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' + '\\n' }}
    {%- else %}
        {%- set content = m.content %}
        {%- set thought = '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>assistant\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{% endif %}
{%- endif %}`,
    written: "<think>\n\n</think>\n\nYes, two.<|im_end|>\n",
    end: "<|im_end|>",
  },
];

const prompt = [{ role: "user", content: "Soup for 2?" }] as const;

describe.each(families)("an answer by a template of the shape of $name", ({ special, template, written, end }) => {
  const tokenizer = byteTokenizer({ special, template });
  const before = encodePrompt(tokenizer, prompt);

  it("is what the template writes after the prompt, its own end of turn included", () => {
    const { tokens, weights } = encodeExample(tokenizer, { id: "a", prompt, completion: "Yes, two." });
    expect(tokenizer.decode(tokens.filter((_, t) => weights[t] === 1))).toBe(written);
    expect(tokens.slice(0, before.length)).toEqual(before);
    expect(weights.slice(0, before.length)).toEqual(before.map(() => 0));
    const whole = tokenizer.chat?.render([...prompt, { role: "assistant", content: "Yes, two." }], {
      addGenerationPrompt: false,
    });
    expect(tokenizer.decode(tokens)).toBe(whole);
    const cut = encodeExample(tokenizer, { id: "a", prompt, completion: "Yes, two.", isCut: true });
    expect(tokenizer.decode(cut.tokens.filter((_, t) => cut.weights[t] === 1))).toBe(
      written.slice(0, written.indexOf("Yes, two.") + "Yes, two.".length),
    );
  });

  it("is the same where two are compared", () => {
    const responses = ["Yes, two.", "No."] as const;
    const example = { id: "a", prompt, responses, label: 1, source: "harmlessness" as const };
    const [pair] = encodePairs([example], tokenizer, 1000, {});
    expect(tokenizer.decode(pair?.sequences[0].slice(pair.starts[0]) ?? [])).toBe(written);
    expect(tokenizer.decode(pair?.sequences[1].slice(pair.starts[1]) ?? [])).toBe(written.replace("Yes, two.", "No."));
  });

  it("has no end where it was cut and the end is not to be taught", () => {
    const responses = ["Yes, two.", "No, th"] as const;
    const example = {
      id: "a",
      prompt,
      responses,
      label: 1,
      source: "harmlessness" as const,
      isCut: [false, true],
    } as const;
    const textsOf = (job: Parameters<typeof encodePairs>[3]) => {
      const [pair] = encodePairs([example], tokenizer, 1000, job);
      return [0, 1].map((side) =>
        tokenizer.decode(pair?.sequences[side as 0 | 1].slice(pair.starts[side as 0 | 1]) ?? []),
      );
    };
    const open = written.replace("Yes, two.", "No, th");
    expect(textsOf({ leavesOpen: true })).toEqual([written, open.slice(0, open.indexOf(end))]);
    expect(textsOf({})).toEqual([written, open]);
  });

  it("ends a generation, and as it was sampled it is scored", () => {
    const id = tokenizer.idOf(end) ?? -1;
    expect(tokenizer.stopTokens).toContain(id);
    const sampled = tokenizer.encode(written.slice(0, written.indexOf(end)));
    const text = responseText(tokenizer, prompt, sampled);
    expect(text).toBe("Yes, two.");
    const scored = encodeResponse(tokenizer, prompt, text).tokens;
    expect(scored.slice(0, before.length + sampled.length + 1)).toEqual([...before, ...sampled, id]);
  });
});

describe("an answer by other templates", () => {
  const special = ["<s>", "</s>"];

  it("keeps the prompt's own tokens where whole and prompt are divided otherwise", () => {
    const files = {
      "tokenizer.json": JSON.stringify({
        added_tokens: special.map((content, n) => ({ id: 5 + n, content, special: true, normalized: false })),
        normalizer: null,
        pre_tokenizer: null,
        post_processor: null,
        decoder: { type: "Fuse" },
        model: { type: "BPE", vocab: { a: 0, b: 1, ":": 2, ":a": 3, "\n": 4 }, merges: [[":", "a"]] },
      }),
      "tokenizer_config.json": JSON.stringify({
        eos_token: "</s>",
        chat_template: turns("{{ m.content }}{% if m.role == 'assistant' %}</s>{% endif %}", ""),
      }),
    };
    const tokenizer = huggingFaceTokenizer(files);
    // ":a" is one token of the whole; the model is asked with ":" and says "a".
    expect(encodeResponse(tokenizer, [{ role: "user", content: "b:" }], "a")).toEqual({
      tokens: [1, 2, 0, 6],
      responseStart: 2,
    });
  });

  it("ends with the end of a text where the template ends no turn", () => {
    const tokenizer = byteTokenizer({ special, template: turns("{{ m.content }}\n", "") });
    const { tokens, responseStart } = encodeResponse(tokenizer, prompt, "Yes.");
    expect(tokenizer.decode(tokens.slice(responseStart))).toBe("Yes.\n</s>");
  });

  it("is refused where the prompt is no beginning of the whole, with the place", () => {
    const tokenizer = byteTokenizer({
      special,
      template: turns("{{ m.role }}: {{ m.content }}\n", "assistant: <think>\n"),
    });
    expect(() => encodeResponse(tokenizer, prompt, "Yes.")).toThrow(
      /no beginning of the dialogue: .*assistant: <think>\\n" in the one, .*assistant: Yes\.\\n" in the other/,
    );
  });

  it("has the date of no day, so that equal jobs train on equal tokens", () => {
    const tokenizer = byteTokenizer({ special, template: turns("{{ strftime_now('%-d %b %Y') }}", "") });
    expect(tokenizer.decode(encodePrompt(tokenizer, prompt))).toBe("1 Jan 2026");
  });
});
