import { describe, expect, it } from "vitest";
import { compileJinja } from "./jinja.ts";

const variables = {
  s: "\n    indented",
  tools: null,
  documents: null,
  d: { a: 1, b: "x" },
  emoji: "a😀b",
  messages: [
    { role: "user", content: "hi" },
    { role: "assistant", content: "yo" },
  ],
};

/** Expressions and blocks, and what jinja2 3.1.6 makes of them in transformers' sandbox. */
const cases: readonly (readonly [string, string])[] = [
  ["s.lstrip('\\n')", "    indented"],
  ["'xxaxx'.strip('x')", "a"],
  ["'xyaxy'.rstrip('yx')", "xya"],
  ["' \\n a\\t'.strip()", "a"],
  ["'\\ufeffa\\x1c'.strip() | length", "2"],
  ["'a,b,c'.split(',', 1)", "['a', 'b,c']"],
  ["'a,b,c'.split(',')", "['a', 'b', 'c']"],
  ["' a b  c '.split()", "['a', 'b', 'c']"],
  ["' a b  c d '.split(none, 1)", "['a', 'b  c d ']"],
  ["'a b c'.split(sep=' ', maxsplit=1)", "['a', 'b c']"],
  ["'a,b,c'.rsplit(',', 1)", "['a,b', 'c']"],
  ["' a b c '.rsplit(none, 1)", "[' a b', 'c']"],
  ["'a\\nb\\r\\nc\\n'.splitlines()", "['a', 'b', 'c']"],
  ["'<|a|>x'.startswith(('<b', '<|a'))", "True"],
  ["'abc'.endswith('c')", "True"],
  ["'hELLO wORLD it\\'s'.title()", "Hello World It'S"],
  ["'hELLO'.capitalize()", "Hello"],
  ["'aB' | capitalize", "Ab"],
  ["'a😀bc'.find('c')", "3"],
  ["'abcabc'.rfind('b')", "4"],
  ["'abcabc'.count('bc')", "2"],
  ["'abc'.index('c')", "2"],
  ["'aaa'.replace('a', 'b', 1)", "baa"],
  ["'ab'.replace('', '-')", "-a-b-"],
  ["'$x'.replace('x', '$&')", "$$&"],
  ["', '.join(['a', 'b'])", "a, b"],
  ["'abc'.removeprefix('ab')", "c"],
  ["'abc'.removesuffix('bc')", "a"],
  ["'12'.isdigit()", "True"],
  ["'a1'.isalpha()", "False"],
  ["' '.isspace()", "True"],
  ["'Ab'.isupper()", "False"],
  ["'ab'.islower()", "True"],
  ["'</think>a</think>b'.split('</think>')[-1].lstrip('\\n')", "b"],
  ["'a=b=c'.rpartition('=')[0]", "a=b"],
  ["emoji | length", "3"],
  ["emoji[1]", "😀"],
  ["emoji[-1]", "b"],
  ["emoji[1:]", "😀b"],
  ["messages[-1].content[0]", "y"],
  ["true", "True"],
  ["none", "None"],
  ["tools", "None"],
  ["[1, 'it\\'s', none, true]", '[1, "it\'s", None, True]'],
  ["{'a': {'b': 'x'}}", "{'a': {'b': 'x'}}"],
  ["d", "{'a': 1, 'b': 'x'}"],
  ["d.get('z')", "None"],
  ["'a' ~ 1 ~ true ~ none", "a1TrueNone"],
  ["['a'] | string", "['a']"],
  ["none | string", "None"],
  ["'1' == 1", "False"],
  ["true == 1", "True"],
  ["none == unknown", "False"],
  ["[1, 'a'] == [1, 'a']", "True"],
  ["unknown != none", "True"],
  ["-1 % 2", "1"],
  ["unknown", ""],
  ["unknown is defined", "False"],
  ["documents is none", "True"],
  ["d | tojson", '{"a": 1, "b": "x"}'],
  ["1.0", "1.0"],
  ["'a' if false", ""],
  ["{% for x in [1,2,3] %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "13"],
  ["{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(none) }}{{ f(true) }}", "<None><True>"],
  ["{% set y %}{{ none }}{% endset %}{{ y }}", "None"],
  ["a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc"],
  ["{% if not tools %}{{ 'no tools' }}{% else %}{{ true }}{% endif %}", "no tools"],
];

describe("a chat template", () => {
  it.each(cases)("%j is %j, as Python has it", (source, written) => {
    expect(compileJinja(source.includes("{%") ? source : `{{ ${source} }}`)(variables)).toBe(written);
  });

  it.each([
    ["{{ 'a'.zfill(3) }}", /string method zfill\(\) is called, which is not supported/],
    ["{{ 'a'.strip(chars='a') }}", /strip\(\) is given chars=/],
    ["{{ make('a') }}", /make\(\) is called, and there is no such function/],
    ["{{ unknown.role }}", /unknown is undefined/],
    ["{{ messages[0].tool.name }}", /undefined, and the template looks into it/],
    ["{{ 'abc'.index('x') }}", /substring not found/],
    ["{{ 'abc'.split('') }}", /empty separator/],
    ["{{ 'abc'.startswith(1) }}", /a string belongs/],
    ["{{ raise_exception('no such role') }}", /no such role/],
    ["{{ [1] | sum }}", /sum/],
  ])("%s is refused by name", (source, found) => {
    expect(() => compileJinja(source)(variables)).toThrow(found);
  });
});
