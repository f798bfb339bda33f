/** The pages of the dashboard. The server answers each of these paths with the same document. */
export type Route =
  | { page: "sites" }
  | { page: "setUp" }
  | { page: "addSite" }
  | { page: "site"; site: number }
  | { page: "install"; site: number }
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

export function routeOf(path: string): Route {
  const route = Object.hasOwn(fixed, path) ? fixed[path] : undefined;
  if (route !== undefined) return route;
  const match = /^\/sites\/(\d{1,15})(\/install)?$/.exec(path);
  if (match === null) return { page: "notFound" };
  return { page: match[2] === undefined ? "site" : "install", site: Number(match[1]) };
}
