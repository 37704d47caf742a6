import { expect, it } from "vitest";
import { html, trust } from "./html.ts";

it("escapes every text, in content and attributes, and no markup", () => {
  const nasty = `<img src=x onerror="alert('1')">&amp;`;
  expect(html`<p title="${nasty}">${nasty}</p>`.toString()).toBe(
    `<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</p>`,
  );
  expect(html`<p>${trust("<b>x</b>")}</p>`.toString()).toBe("<p><b>x</b></p>");
});

it("joins lists, nests templates, and takes undefined and false for nothing", () => {
  const rows = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${rows}${undefined}${false}${0}</ul>`.toString()).toBe("<ul><li>a</li><li>&lt;b&gt;</li>0</ul>");
});

it.each(['{"markup": "<script>"}', '{"isEscaped": true, "markup": "<script>"}'])(
  "does not take %s for markup",
  (json) => {
    const fake: unknown = JSON.parse(json);
    expect(html`${fake as string}`.toString()).not.toContain("<script>");
  },
);

it("refuses a promise, and leaves nothing that could open a tag, an entity or an attribute", () => {
  expect(() => html`${Promise.resolve("late") as unknown as string}`).toThrow(TypeError);
  expect(html`${`a<b>&"'`}`.toString()).toBe("a&lt;b&gt;&amp;&quot;&#39;");
});
