/** What the viewer chose: the system's look, or always the same one. */
export type Theme = "system" | "light" | "dark";

/** The cookie that remembers the choice; as the server reads it, no page is painted in the wrong look first. */
export const themeCookie = "theme";

/** The choice a cookie's value stands for; anything else means the system's look. */
export function readTheme(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "system";
}
