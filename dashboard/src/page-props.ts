/** What every page is given. */
export interface PageProps {
  /** Values of the path's `:parts`. */
  readonly params: Readonly<Record<string, string>>;
}
