import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useAddress } from "../address";
import { useSession } from "../session";
import { useWords } from "../texts";
import { Icon, Mark } from "./Icon";
import { Link } from "./Link";
import { OutsideLink } from "./OutsideLink";
import { LanguageSwitch, ThemeSwitch } from "./switches";

/** Outlives the pages, which come and go with their frames. */
let pathBefore: string | null = null;

interface FrameProps {
  title: string;
  /** Pages that show where visitors came from name whose map it is. */
  attributed?: boolean;
  /** Narrow pages are forms to read from top to bottom. */
  narrow?: boolean;
  /** Shown instead of the title, which then only screen readers hear. */
  bar?: ComponentChildren;
  children: ComponentChildren;
}

/** What every page has around it once somebody is signed in. */
export function Frame({ title, attributed = false, narrow = false, bar, children }: FrameProps) {
  const { texts } = useWords();
  const { path } = useAddress();
  const heading = useRef<HTMLHeadingElement>(null);
  const { session, signOut } = useSession();
  useEffect(() => {
    document.title = `${title} · ${texts.brand}`;
  }, [title, texts]);
  useEffect(() => {
    // A new page begins at its heading for keyboard and screen reader, as a page load would.
    if (pathBefore !== null && pathBefore !== path) heading.current?.focus({ preventScroll: true });
    pathBefore = path;
  }, [path]);

  return (
    <>
      <a class="skip" href="#content">{texts.skip}</a>
      <header class="top">
        {session.test_clock && (
          <div class="test-clock" role="note">
            <Icon name="warning" />
            {texts.testClock}
          </div>
        )}
        <div class="top-inner">
          <Link href="/" class="brand"><Mark />{texts.brand}</Link>
          <nav class="nav" aria-label={texts.nav.label}>
            <NavLink href="/" current={path === "/" || path.startsWith("/sites")}>{texts.nav.sites}</NavLink>
            <NavLink href="/banners" current={path === "/banners"}>{texts.nav.banners}</NavLink>
            <NavLink href="/settings" current={path === "/settings"}>{texts.nav.settings}</NavLink>
          </nav>
          <button type="button" class="button button-quiet sign-out" onClick={signOut}>{texts.nav.signOut}</button>
        </div>
      </header>
      {bar}
      <main id="content" class={narrow ? "main main-narrow" : "main"} tabIndex={-1}>
        <h1 ref={heading} tabIndex={-1} class={bar === undefined ? "title" : "visually-hidden"}>{title}</h1>
        {children}
      </main>
      <Footer version={session.version} attribution={attributed ? session.attribution : null} />
    </>
  );
}

function NavLink({ href, current, children }: { href: string; current: boolean; children: ComponentChildren }) {
  return <Link href={href} aria-current={current ? "page" : undefined}>{children}</Link>;
}

interface FooterProps {
  version: string | null;
  attribution: { text: string; url: string } | null;
}

export function Footer({ version, attribution }: FooterProps) {
  const { texts } = useWords();
  return (
    <footer class="footer" aria-label={texts.footer.label}>
      <div class="footer-inner">
        <ThemeSwitch />
        <LanguageSwitch />
        <p class="footer-about">
          {attribution !== null && <OutsideLink href={attribution.url}>{attribution.text}</OutsideLink>}
          {version !== null && <span>{texts.footer.version(version)}</span>}
        </p>
      </div>
    </footer>
  );
}
