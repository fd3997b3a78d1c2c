/** The template of each node's dialog, by the node's type. */
export const dialogs: Readonly<Record<string, string>>;
