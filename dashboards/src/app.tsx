import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { navigate, useAddress } from "./address";
import { Boundary } from "./components/Boundary";
import { ProblemNote } from "./components/ProblemNote";
import { AddSitePage } from "./pages/AddSitePage";
import { BannersPage } from "./pages/BannersPage";
import { GoalsPage } from "./pages/GoalsPage";
import { InstallPage } from "./pages/InstallPage";
import { NotFoundPage } from "./pages/NotFoundPage";
import { SettingsPage } from "./pages/SettingsPage";
import { SetUpPage } from "./pages/SetUpPage";
import { SignInPage } from "./pages/SignInPage";
import { SiteSettingsPage } from "./pages/SiteSettingsPage";
import { SitePage } from "./pages/SitePage";
import { SitesPage } from "./pages/SitesPage";
import { Threshold } from "./pages/Threshold";
import { PreferencesContext, usePreferencesState } from "./preferences";
import type { Route } from "./routes";
import { routeOf } from "./routes";
import { SessionProvider, useStanding } from "./session";
import { useWords } from "./texts";

export function App() {
  const preferences = usePreferencesState();
  return (
    <PreferencesContext.Provider value={preferences}>
      <Gate />
    </PreferencesContext.Provider>
  );
}

/**
 * Signing in happens in place: the address stays what it was, and once the server knows us the page
 * that was asked for appears.
 */
function Gate() {
  const { standing, ask, signOut } = useStanding();
  const { path } = useAddress();
  const { texts } = useWords();
  switch (standing.kind) {
    case "asking":
      return null;
    case "unreachable":
      return (
        <Threshold title={texts.brand}>
          <ProblemNote problem={standing.problem} onRetry={ask} />
        </Threshold>
      );
    case "setUpNeeded":
      return <SetUpPage onDone={ask} />;
    case "signedOut":
      return <SignInPage onDone={ask} />;
    case "signedIn":
      return (
        <SessionProvider value={{ session: standing.session, signOut }}>
          <Boundary subject={path}><Page route={routeOf(path)} /></Boundary>
        </SessionProvider>
      );
  }
}

function Page({ route }: { route: Route }): ComponentChildren {
  switch (route.page) {
    case "sites":
      return <SitesPage />;
    case "setUp":
      return <ToSites />;
    case "addSite":
      return <AddSitePage />;
    case "site":
      return <SitePage key={route.site} id={route.site} />;
    case "install":
      return <InstallPage key={route.site} id={route.site} />;
    case "goals":
      return <GoalsPage key={route.site} id={route.site} />;
    case "siteSettings":
      return <SiteSettingsPage key={route.site} id={route.site} />;
    case "banners":
      return <BannersPage />;
    case "settings":
      return <SettingsPage />;
    case "notFound":
      return <NotFoundPage />;
  }
}

/** A set-up link that has done its work leads on. */
function ToSites() {
  useEffect(() => navigate("/", "replace"), []);
  return null;
}
