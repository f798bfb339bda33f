import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useAddress } from "../address";
import { Icon } from "./Icon";
import { placeUnder } from "./place";

interface MenuProps {
  /** What the button chooses; its visible text is the present choice. */
  label: string;
  chosen: ComponentChildren;
  children: ComponentChildren;
}

/**
 * A button that opens a list of links. The browser's own popover gives light dismissal, Escape and
 * the return of focus; arrow keys walk the list.
 */
export function Menu({ label, chosen, children }: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  const address = useAddress();
  useEffect(() => {
    // A shortcut can choose while the list is open; then it has done its work.
    if (list.current?.matches(":popover-open") === true) list.current.hidePopover();
  }, [address]);

  const items = (): HTMLElement[] => [...(list.current?.querySelectorAll<HTMLElement>("a, button") ?? [])];
  const opened = (event: Pick<ToggleEvent, "newState">): void => {
    if (event.newState !== "open" || list.current === null || button.current === null) return;
    placeUnder(list.current, button.current);
    (items().find((item) => item.getAttribute("aria-current") === "true") ?? items()[0])?.focus();
  };
  const walk = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = items();
    const now = all.findIndex((item) => item === document.activeElement);
    all[(now + step + all.length) % all.length]?.focus();
  };
  const chose = (event: MouseEvent): void => {
    if (event.target instanceof Element && event.target.closest("a, button") !== null) list.current?.hidePopover();
  };

  return (
    <>
      <button ref={button} type="button" class="button menu-button" popovertarget={id}>
        <span class="visually-hidden">{label}: </span>
        <span class="menu-chosen">{chosen}</span>
        <Icon name="down" />
      </button>
      <div ref={list} id={id} class="menu" popover="auto" onToggle={opened} onKeyDown={walk} onClick={chose}>
        {children}
      </div>
    </>
  );
}
