/** The pages of the dashboard. The server answers each of these paths with the same document. */
export type Route =
  | { page: "sites" }
  | { page: "setUp" }
  | { page: "addSite" }
  | { page: "site"; site: number }
  | { page: "install"; site: number }
  | { page: "goals"; site: number }
  | { page: "siteSettings"; site: number }
  | { page: "banners" }
  | { page: "settings" }
  | { page: "notFound" };

const fixed: Record<string, Route> = {
  "/": { page: "sites" },
  "/setup": { page: "setUp" },
  "/sites/new": { page: "addSite" },
  "/banners": { page: "banners" },
  "/settings": { page: "settings" },
};

/** What may follow the number of a site. */
const parts = { install: "install", goals: "goals", settings: "siteSettings" } as const;

const isPart = (name: string): name is keyof typeof parts => Object.hasOwn(parts, name);

export function routeOf(path: string): Route {
  const route = Object.hasOwn(fixed, path) ? fixed[path] : undefined;
  if (route !== undefined) return route;
  const match = /^\/sites\/(\d{1,15})(?:\/(\w+))?$/.exec(path);
  if (match === null) return { page: "notFound" };
  const [site, part] = [Number(match[1]), match[2]];
  if (part === undefined) return { page: "site", site };
  return isPart(part) ? { page: parts[part], site } : { page: "notFound" };
}
