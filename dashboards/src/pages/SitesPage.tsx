import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { Site } from "../api/types";
import { Empty } from "../components/Empty";
import { Frame } from "../components/Frame";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { Explained } from "../components/tip";
import { useWords } from "../texts";

/** All sites with today's numbers. */
export function SitesPage() {
  const { texts } = useWords();
  const sites = useResource(endpoints.sites);
  return (
    <Frame title={texts.sites.title}>
      <div class="page-actions">
        <Link href="/sites/new" class="button button-primary"><Icon name="plus" />{texts.sites.add}</Link>
      </div>
      <Loaded resource={sites} skeleton={<SkeletonRows rows={4} />}>
        {(list) => (list.length === 0 ? <NoSites /> : <SiteCards sites={list} />)}
      </Loaded>
    </Frame>
  );
}

function NoSites() {
  const { texts } = useWords();
  return (
    <div class="card">
      <Empty title={texts.sites.empty} text={texts.sites.emptyText}>
        <Link href="/sites/new" class="button">{texts.sites.add}</Link>
      </Empty>
    </div>
  );
}

function SiteCards({ sites }: { sites: Site[] }) {
  return (
    <ul class="site-cards">
      {sites.map((site) => <li key={site.id}><SiteCard site={site} /></li>)}
    </ul>
  );
}

function SiteCard({ site }: { site: Site }) {
  const { texts } = useWords();
  const waiting = site.first_hit === null;
  return (
    <article class="card site-card">
      <h2 class="site-card-name" dir="auto">
        <Link href={waiting ? `/sites/${site.id}/install` : `/sites/${site.id}`}>{site.name}</Link>
      </h2>
      <p class="site-card-url" dir="auto">{site.url}</p>
      {waiting ? (
        <p class="site-card-waiting"><span class="pulse" />{texts.sites.waiting}</p>
      ) : (
        <Today site={site} />
      )}
    </article>
  );
}

function Today({ site }: { site: Site }) {
  const { texts, format } = useWords();
  const { visitors, page_views } = texts.metrics;
  return (
    <div class="today">
      <span class="today-when">{texts.sites.today}</span>
      <dl>
      <div>
        <dt><Explained how={visitors.how}>{visitors.name}</Explained></dt>
        <dd>{format.number(site.today.visitors)}</dd>
      </div>
      <div>
        <dt><Explained how={page_views.how}>{page_views.name}</Explained></dt>
        <dd>{format.number(site.today.page_views)}</dd>
      </div>
      </dl>
    </div>
  );
}
