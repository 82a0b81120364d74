/** A cell of a table of transitions: the status that a command leads to, or the code with which it is refused. */
export type Step<Status extends string, Code extends string> =
  | { readonly to: Status; readonly refuse?: undefined }
  | { readonly refuse: Code; readonly to?: undefined }
