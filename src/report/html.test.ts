import { expect, it } from "vitest";
import { escapeHtml, html, trusted } from "./html.ts";

it("escapes every text, in content and attributes, and no markup", () => {
  const nasty = `<img src=x onerror="alert('1')">&amp;`;
  expect(html`<p title="${nasty}">${nasty}</p>`.markup).toBe(
    `<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</p>`,
  );
  expect(html`<p>${trusted("<b>x</b>")}</p>`.markup).toBe("<p><b>x</b></p>");
});

it("joins lists, nests templates, and takes undefined and false for nothing", () => {
  const rows = ["a", "<b>"].map((text) => html`<li>${text}</li>`);
  expect(html`<ul>${rows}${undefined}${false}${0}</ul>`.markup).toBe("<ul><li>a</li><li>&lt;b&gt;</li>0</ul>");
});

it("does not take an object with a markup field for markup", () => {
  const fake: unknown = JSON.parse(`{"markup": "<script>"}`);
  expect(() => html`${fake as string}`.markup).toThrow();
});

it("escapeHtml leaves nothing that could open a tag, an entity or an attribute", () => {
  expect(escapeHtml(`a<b>&"'`)).toBe("a&lt;b&gt;&amp;&quot;&#39;");
});
