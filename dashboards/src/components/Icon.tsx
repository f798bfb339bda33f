const paths = {
  down: "M4 6l4 4 4-4",
  left: "M10 4L6 8l4 4",
  right: "M6 4l4 4-4 4",
  outside: "M6 4h6v6M12 4L4 12",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.5 3.5L13 5",
  plus: "M8 3v10M3 8h10",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6",
  graph: "M2.5 12.5l3.5-5 3 2.5 4.5-6.5",
  warning: "M8 2.5l6 10.5H2zM8 6.5v3M8 11v.5",
};

export type IconName = keyof typeof paths;

/** Drawn in the colour of the text beside it, which also says what it means. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** Three growing bars: the people counted. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
      <rect class="mark-ground" width="32" height="32" rx="8" />
      <path class="mark-bars" d="M9 19v4M16 14v9M23 9v14" fill="none" stroke-width="4" stroke-linecap="round" />
    </svg>
  );
}
