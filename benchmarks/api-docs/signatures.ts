import {
  type ClassDeclaration,
  type ClassElement,
  type Node,
  SyntaxKind,
  type VariableDeclaration,
} from "typescript/unstable/ast";
import {
  isArrowFunction,
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isGetAccessorDeclaration,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isPropertyDeclaration,
  isSetAccessorDeclaration,
  isTypeAliasDeclaration,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import type { Checker } from "typescript/unstable/sync";

/** In characters; of a longer value the type is shown. */
const LONGEST_VALUE = 2500;

export type Group = "Functions" | "Classes" | "Constants" | "Types";

export function groupOf(node: Node): Group {
  if (isFunctionDeclaration(node)) return "Functions";
  if (isClassDeclaration(node)) return "Classes";
  return isVariableDeclaration(node) ? "Constants" : "Types";
}

/** What a reader must know to use a name: its declarations without their bodies, and without what is private. */
export function signaturesOf(name: string, nodes: readonly Node[], checker: Checker): string[] {
  const overloads = nodes.filter((node) => isFunctionDeclaration(node) && node.body === undefined);
  return (overloads.length > 0 ? overloads : nodes).map((node) => signatureOf(name, node, checker));
}

function signatureOf(name: string, node: Node, checker: Checker): string {
  if (isFunctionDeclaration(node)) return callable(node, checker);
  if (isVariableDeclaration(node)) return constant(name, node, checker);
  if (isClassDeclaration(node)) return classText(node, checker);
  if (isInterfaceDeclaration(node) || isTypeAliasDeclaration(node)) return unmodified(node.getText());
  throw new Error(`${name}: a declaration of kind ${SyntaxKind[node.kind]} has no signature here`);
}

/** Words that say how something is written, not how it is used. */
const unmodified = (text: string): string =>
  text.replace(/^((?:static )?)(?:(?:export|declare|async|override) )+/, "$1");

/** A function, method or accessor up to its body, with the type of what it returns. */
function callable(
  node: Node & { readonly body?: Node | undefined; readonly type?: Node | undefined },
  checker: Checker,
): string {
  const text = unmodified(
    node
      .getSourceFile()
      .text.slice(node.getStart(), node.body?.pos ?? node.end)
      .trim(),
  );
  if (node.type !== undefined || isConstructorDeclaration(node) || isSetAccessorDeclaration(node)) return text;
  const signature = checker.getSignatureFromDeclaration(node);
  const returned = signature === undefined ? undefined : checker.getReturnTypeOfSignature(signature);
  return returned === undefined ? text : `${text}: ${checker.typeToString(returned, node)}`;
}

/** With its type, or, where that was inferred, its value: of a schema or a list of names the value says more. */
function constant(name: string, node: VariableDeclaration, checker: Checker): string {
  const { type, initializer } = node;
  const value = initializer?.getText() ?? "";
  const isShort = value !== "" && value.length <= LONGEST_VALUE;
  if (type === undefined && isShort && initializer !== undefined && !isArrowFunction(initializer)) {
    return `const ${name} = ${value}`;
  }
  return `const ${name}: ${type?.getText() ?? typeText(node, checker)}`;
}

/** The type that was inferred; a long one is shortened, as an editor does. */
function typeText(node: Node, checker: Checker): string {
  const type = checker.getTypeAtLocation(node);
  const text = type === undefined ? "unknown" : checker.typeToString(type, node);
  return text.replaceAll(/import\("[^"]*"\)\./g, "");
}

function classText(node: ClassDeclaration, checker: Checker): string {
  const { text } = node.getSourceFile();
  const [first] = node.members;
  const head = text.slice(node.getStart(), first?.pos ?? node.end).trim();
  const members = node.members.flatMap((member) => memberText(member, checker));
  return [unmodified(head.replace(/\{\s*\}?$/, "{")), ...members.map((member) => `  ${member}`), "}"].join("\n");
}

/** A member with its doc comment, or nothing where it is private. */
function memberText(member: ClassElement, checker: Checker): string[] {
  if (/^(?:(?:static|readonly|async|get|set) |\*)*(?:private |#)/.test(member.getText())) return [];
  const comment = member.getSourceFile().text.slice(member.getStart(undefined, true), member.getStart());
  if (isPropertyDeclaration(member)) {
    const end = member.type?.end ?? member.name.end;
    const declared = unmodified(member.getSourceFile().text.slice(member.getStart(), end));
    return [`${comment}${declared}${member.type === undefined ? `: ${typeText(member, checker)}` : ""};`];
  }
  const isCallable =
    isMethodDeclaration(member) ||
    isConstructorDeclaration(member) ||
    isGetAccessorDeclaration(member) ||
    isSetAccessorDeclaration(member);
  return isCallable ? [`${comment}${callable(member, checker)};`] : [];
}
