/** Matomo's reports of one site and one day, as short lines that a test can compare. What is empty is left out. */

/** Asks for every report that a client's hits can be seen in. */
export async function read(report, site) {
  const lines = (method, figures, more) => report(method, more).then((rows) => leaves(rows, figures));
  const parts = await Promise.all([
    report("VisitsSummary.get").then(summary),
    named("pages", lines("Actions.getPageUrls", ["nb_hits"])),
    named("titles", lines("Actions.getPageTitles", ["nb_hits"])),
    named("outlinks", lines("Actions.getOutlinks", ["nb_hits"])),
    named("downloads", lines("Actions.getDownloads", ["nb_hits"])),
    named("searches", lines("Actions.getSiteSearchKeywords", ["nb_visits"])),
    named("found nothing", lines("Actions.getSiteSearchNoResultKeywords", ["nb_visits"])),
    named("search categories", lines("Actions.getSiteSearchCategories", ["nb_visits"])),
    named("events", lines("Events.getCategory", ["nb_events", "sum_event_value"])),
    named("event names", lines("Events.getName", ["nb_events"])),
    named("content", lines("Contents.getContentNames", ["nb_impressions", "nb_interactions"])),
    named("websites", lines("Referrers.getWebsites", ["nb_visits"])),
    named("campaigns", lines("Referrers.getCampaigns", ["nb_visits"])),
    named("browsers", lines("DevicesDetection.getBrowsers", ["nb_visits"])),
    named("countries", lines("UserCountry.getCountry", ["nb_visits"])),
    named("languages", lines("UserLanguage.getLanguage", ["nb_visits"])),
    named("screens", lines("Resolution.getResolution", ["nb_visits"])),
    named("items", lines("Goals.getItemsSku", ["quantity", "revenue"])),
    named("goals", goals(report, site)),
    named("dimension 1", lines("CustomDimensions.getCustomDimension", ["nb_visits"], { idDimension: 1 })),
    named("custom variables", lines("CustomVariables.getCustomVariables", ["nb_visits"])),
  ]);
  return Object.assign({}, ...parts);
}

function summary({ nb_visits, nb_uniq_visitors, nb_users, nb_actions }) {
  return { visits: nb_visits, visitors: nb_uniq_visitors, users: nb_users, actions: nb_actions };
}

/** Lines under a name, sorted; nothing when there are none. */
async function named(name, lines) {
  const found = await lines;
  return found.length > 0 ? { [name]: found.sort() } : {};
}

/** Labels from the top of a tree to each of its leaves, with the leaf's figures. */
function leaves(rows, figures, path = []) {
  return rows.flatMap((row) => {
    const labels = [...path, row.label];
    if (row.subtable?.length > 0) return leaves(row.subtable, figures, labels);
    return [`${labels.join(" > ")}: ${figures.map((figure) => row[figure] ?? 0).join(", ")}`];
  });
}

/** Conversions and revenue of each goal, of orders and of carts that were left. */
async function goals(report, site) {
  const keys = { ...site.goals, Orders: "ecommerceOrder", Carts: "ecommerceAbandonedCart" };
  const lines = Object.entries(keys).map(async ([name, idGoal]) => {
    const { nb_conversions: conversions, revenue } = await report("Goals.get", { idGoal });
    return conversions > 0 ? [`${name}: ${conversions}, ${revenue}`] : [];
  });
  return (await Promise.all(lines)).flat();
}
