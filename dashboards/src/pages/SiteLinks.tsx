import { Link } from "../components/Link";
import { useMayChange } from "../session";
import { useWords } from "../texts";

export type SitePart = "numbers" | "goals" | "settings" | "install";

const parts: readonly { part: SitePart; path: string }[] = [
  { part: "numbers", path: "" },
  { part: "goals", path: "/goals" },
  { part: "settings", path: "/settings" },
  { part: "install", path: "/install" },
];

/** The pages of one site. */
export function SiteLinks({ id, current }: { id: number; current: SitePart }) {
  const { texts } = useWords();
  const mayChange = useMayChange();
  return (
    <nav class="tabs site-links" aria-label={texts.siteLinks.label}>
      {parts.filter(({ part }) => mayChange || part !== "settings").map(({ part, path }) => (
        <Link key={part} href={`/sites/${id}${path}`} class="tab" aria-current={part === current ? "page" : undefined}>
          {texts.siteLinks[part]}
        </Link>
      ))}
    </nav>
  );
}
