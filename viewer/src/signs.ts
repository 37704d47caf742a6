import { type ComponentChildren, Fragment, h, options, type VNode } from "preact";

// Controls but tab and line ends, marks and overrides of direction, and characters without width that hide text.
const sign =
  /([\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff])/u;
const signs = new RegExp(sign, "gu");

const nameSign = (piece: string): string =>
  `U+${(piece.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Elements that hold text alone: the name of a sign stands in it as text. */
const plain: ReadonlySet<unknown> = new Set(["text", "title", "option", "textarea"]);

/** The text in pieces, with a visible sign for every character that cannot be seen or turns others around. */
function markSigns(text: string): ComponentChildren {
  return text.split(signs).map((piece, i) => (i % 2 === 0 ? piece : h("span", { class: "sign" }, nameSign(piece))));
}

function markChild(child: ComponentChildren, isPlain: boolean): ComponentChildren {
  if (typeof child !== "string" || !sign.test(child)) return child;
  return isPlain ? child.replace(signs, (piece) => `⟨${nameSign(piece)}⟩`) : markSigns(child);
}

/**
 * Puts those signs into every text of every page from now on: no room can forget that what it shows was written by somebody
 * who may want it to look like something else.
 */
export function markAllTexts(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode<{ children?: ComponentChildren }>) => {
    const { type, props } = vnode;
    if (typeof type === "string" || type === Fragment) {
      const isPlain = plain.has(type);
      const { children } = props;
      if (Array.isArray(children)) props.children = children.map((child) => markChild(child, isPlain));
      else if (children !== undefined) props.children = markChild(children, isPlain);
    }
    before?.(vnode);
  };
}
