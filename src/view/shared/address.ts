/** The address of something below another; ids hold slashes, which stay. */
export function addressOf(root: string, path: readonly string[]): string {
  return [root, ...path.flatMap((part) => part.split("/")).map(encodeURIComponent)].join("/");
}
