"use client";

import { Fragment, type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";

/** One entry; with `isChecked` it is one of several of which one holds. `icon` stands before it. */
export type MenuItem = { key: string; label: string; icon: ReactNode; isChecked?: boolean; onSelect(): void };

type MenuProps = {
  /** The button's content, and its tooltip. */
  children: ReactNode;
  title: string;
  className?: string;
  /** Groups of entries, a line between them. */
  groups: readonly (readonly MenuItem[])[];
};

/**
 * A button that opens a menu (WAI-ARIA APG, menu button). The browser shows it above all else, closes it with Escape and with
 * a press elsewhere, and gives the focus back; arrow keys, Home, End and first letters move in it.
 */
export function Menu({ children, title, className, groups }: MenuProps) {
  const [id, buttonId] = [useId(), useId()];
  const isReady = useIsHydrated();
  const button = useRef<HTMLButtonElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);

  function follow(isShown: boolean) {
    setOpen(isShown);
    if (!isShown || !popup.current || !button.current) return;
    place(popup.current, button.current);
    // The browser tells of the opening late, when somebody may have moved on in it.
    if (popup.current.contains(document.activeElement)) return;
    const items = itemsOf(popup.current);
    (items.find(({ ariaChecked }) => ariaChecked === "true") ?? items[0])?.focus();
  }

  function choose(item: MenuItem) {
    popup.current?.hidePopover();
    button.current?.focus();
    item.onSelect();
  }

  function move(event: KeyboardEvent<HTMLElement>) {
    if (event.key === "Tab") return popup.current?.hidePopover();
    // The browser closes the menu; what stands around it stays as it is.
    if (event.key === "Escape") return event.stopPropagation();
    const items = popup.current ? itemsOf(popup.current) : [];
    const next = nextItem(items, items.indexOf(document.activeElement as HTMLElement), event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  return (
    <>
      {/* A key pressed before the page is alive would be lost. */}
      <button
        ref={button}
        id={buttonId}
        type="button"
        disabled={!isReady}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        popoverTarget={id}
        title={title}
        onKeyDown={(event) => {
          // After a press the focus goes into the menu a moment after it opens: what is typed meanwhile is meant for it.
          if (isOpenNow(popup.current)) return move(event);
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          popup.current?.showPopover({ source: event.currentTarget });
          follow(true);
        }}
        className={className}
      >
        {children}
      </button>
      <div
        ref={popup}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-labelledby={buttonId}
        onToggle={({ newState }) => follow(newState === "open")}
        onKeyDown={move}
        className="fixed inset-auto m-0 max-h-80 min-w-52 max-w-80 overflow-y-auto rounded-card border border-line bg-raised p-1 text-ink shadow-overlay outline-none"
      >
        {groups.map((items, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the groups of a menu stay where they are.
          <Fragment key={index}>
            {index > 0 && <hr className="my-1 border-line" />}
            {items.map((item) => (
              <button
                key={item.key}
                type="button"
                {...(item.isChecked === undefined ? { role: "menuitem" } : { role: "menuitemradio", "aria-checked": item.isChecked })}
                tabIndex={-1}
                onClick={() => choose(item)}
                onPointerMove={({ currentTarget }) => currentTarget.focus()}
                className="flex min-h-8 w-full items-center gap-2 rounded-control px-2 text-left outline-none select-none focus:bg-hover"
              >
                <span className="grid size-4 shrink-0 place-items-center">{item.icon}</span>
                <span className="min-w-0 wrap-anywhere">{item.label}</span>
              </button>
            ))}
          </Fragment>
        ))}
      </div>
    </>
  );
}

function itemsOf(popup: HTMLElement): HTMLElement[] {
  return [...popup.querySelectorAll<HTMLElement>("[role^=menuitem]")];
}

function nextItem(items: readonly HTMLElement[], current: number, { key }: KeyboardEvent): HTMLElement | undefined {
  if (key === "ArrowDown") return items[(current + 1) % items.length];
  if (key === "ArrowUp") return items.at(current <= 0 ? -1 : current - 1);
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  if (key.length !== 1 || key === " ") return undefined;
  const following = [...items.slice(current + 1), ...items.slice(0, current + 1)];
  return following.find(({ textContent }) => textContent.trim().toLowerCase().startsWith(key.toLowerCase()));
}

/** Under the button, or over it where there is no room below. */
function place(popup: HTMLElement, button: HTMLElement): void {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { offsetHeight, offsetWidth } = popup;
  const below = bottom + 4;
  popup.style.top = `${below + offsetHeight <= innerHeight ? below : Math.max(4, top - 4 - offsetHeight)}px`;
  popup.style.left = `${Math.max(4, Math.min(left, innerWidth - offsetWidth - 4))}px`;
}

function isOpenNow(popup: HTMLElement | null): boolean {
  return popup?.matches(":popover-open") ?? false;
}
