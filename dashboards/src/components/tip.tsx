import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { placeUnder } from "./place";

/** Long enough to move the pointer from the word onto its explanation. */
const lingerMs = 150;

interface Tip {
  trigger: {
    "aria-describedby": string;
    onMouseEnter: (event: MouseEvent) => void;
    onMouseLeave: () => void;
    onFocus: (event: FocusEvent) => void;
    onBlur: () => void;
    onKeyDown: (event: KeyboardEvent) => void;
  };
  bubble: JSX.Element;
}

/**
 * An explanation that appears on hover and on focus, stays while pointed at, and goes with Escape
 * (WCAG 1.4.13). It lies in the top layer, so no card cuts it off.
 */
export function useTip(text: string): Tip {
  const id = useId();
  const bubble = useRef<HTMLDivElement>(null);
  const timer = useRef(0);
  const show = (anchor: EventTarget | null): void => {
    clearTimeout(timer.current);
    const element = bubble.current;
    if (element === null || !(anchor instanceof Element) || element.matches(":popover-open")) return;
    element.showPopover();
    // A tile explains itself below its figure, not on top of it.
    placeUnder(element, anchor.closest("button") ?? anchor);
  };
  const hide = (): void => {
    clearTimeout(timer.current);
    if (bubble.current?.matches(":popover-open") === true) bubble.current.hidePopover();
  };
  const hideSoon = (): void => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(hide, lingerMs);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  return {
    trigger: {
      "aria-describedby": id,
      onMouseEnter: (event) => show(event.currentTarget),
      onMouseLeave: hideSoon,
      onFocus: (event) => {
        if (event.currentTarget instanceof Element && event.currentTarget.matches(":focus-visible")) show(event.currentTarget);
      },
      onBlur: hide,
      onKeyDown: (event) => {
        if (event.key !== "Escape" || bubble.current?.matches(":popover-open") !== true) return;
        event.preventDefault();
        event.stopPropagation();
        hide();
      },
    },
    bubble: (
      <div
        ref={bubble}
        id={id}
        class="tip"
        role="tooltip"
        popover="manual"
        onMouseEnter={() => clearTimeout(timer.current)}
        onMouseLeave={hideSoon}
      >
        {text}
      </div>
    ),
  };
}

/** A word with an explanation, reachable by keyboard and by touch. */
export function Explained({ how, children }: { how: string; children: ComponentChildren }) {
  const tip = useTip(how);
  return (
    <>
      <button type="button" class="term" {...tip.trigger}>
        {children}
      </button>
      {tip.bubble}
    </>
  );
}
