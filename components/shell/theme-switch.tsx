"use client";

import { type LucideIcon, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { type Theme, themeCookie } from "#components/shell/theme.ts";

const choices: { theme: Theme; name: string; Icon: LucideIcon }[] = [
  { theme: "system", name: "System", Icon: Monitor },
  { theme: "light", name: "Light", Icon: Sun },
  { theme: "dark", name: "Dark", Icon: Moon },
];

/** Light, dark, or as the system has it; remembered for a year. */
export function ThemeSwitch({ initial }: { initial: Theme }) {
  const [chosen, setChosen] = useState(initial);
  return (
    <fieldset className="flex w-fit gap-0.5 rounded-control border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {choices.map(({ theme, name, Icon }) => (
        <label
          key={theme}
          title={name}
          className="relative grid size-7 cursor-pointer place-items-center rounded-[4px] text-quiet hover:bg-hover has-checked:bg-hover has-checked:text-ink"
        >
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={chosen === theme}
            onChange={() => {
              setChosen(theme);
              wear(theme);
            }}
            className="absolute inset-0 z-1 cursor-pointer appearance-none"
          />
          <Icon aria-hidden className="size-4" />
          <span className="sr-only">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function wear(theme: Theme) {
  document.documentElement.dataset.theme = theme;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in browsers that are still in use.
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=31536000; samesite=lax`;
}
