import { useMemo } from "preact/hooks";
import { useAddress } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { Overview, Site } from "../api/types";
import { BannersCard } from "../cards/BannersCard";
import { BreakdownCard } from "../cards/BreakdownCard";
import { breakdownCards } from "../cards/catalogue";
import { Details } from "../cards/Details";
import { DroppedCard } from "../cards/DroppedCard";
import { GoalsCard } from "../cards/GoalsCard";
import { OverviewCard } from "../cards/OverviewCard";
import { Frame } from "../components/Frame";
import { Link } from "../components/Link";
import { periodFrom, periodQuery } from "../period";
import { useWords } from "../texts";
import { NotFoundPage } from "./NotFoundPage";
import { SiteBar } from "./SiteBar";

/** Everything about one site in one stretch of days. What is shown follows from the address. */
export function SitePage({ id }: { id: number }) {
  const address = useAddress();
  const wanted = periodQuery(periodFrom(address.query));
  const period = useMemo(() => periodFrom(new URLSearchParams(wanted)), [wanted]);
  const sites = useResource(endpoints.sites);
  const overview = useResource<Overview>(endpoints.overview(id, period));
  if (overview.data === null && overview.problem?.status === 404) return <NotFoundPage />;

  const site = sites.data?.find((candidate) => candidate.id === id) ?? null;
  const bar = (
    <SiteBar id={id} sites={sites.data ?? []} period={period} range={overview.data?.range ?? null} address={address} />
  );
  return (
    <Frame title={site?.name ?? "…"} attributed bar={bar}>
      {site !== null && site.first_hit === null && <NotConnected site={site} />}
      <OverviewCard overview={overview} address={address} />
      <div class="cards">
        {breakdownCards.map((card) => (
          <BreakdownCard key={card.name} card={card} id={id} site={site} period={period} address={address} />
        ))}
        <GoalsCard id={id} period={period} address={address} />
        <BannersCard id={id} period={period} address={address} />
        <DroppedCard id={id} period={period} address={address} />
      </div>
      <Details id={id} site={site} period={period} address={address} />
    </Frame>
  );
}

function NotConnected({ site }: { site: Site }) {
  const { texts } = useWords();
  return (
    <div class="notice">
      <span class="pulse" />
      <p>{texts.sites.waiting}. {texts.install.waitingText}</p>
      <Link href={`/sites/${site.id}/install`} class="button">{texts.siteBar.connect}</Link>
    </div>
  );
}
