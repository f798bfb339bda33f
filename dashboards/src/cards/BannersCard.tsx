import { useState } from "preact/hooks";
import type { Address } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import type { BannerRow } from "../api/types";
import { Empty } from "../components/Empty";
import { Link } from "../components/Link";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { SearchField } from "../components/SearchField";
import { Explained } from "../components/tip";
import type { Period } from "../period";
import { useWords } from "../texts";
import { Card } from "./Card";

/** As many banners as the card shows before "Show all". */
const bannersShown = 6;

interface BannersProps {
  id: number;
  period: Period;
}

export function BannersCard({ id, period, address }: BannersProps & { address: Address }) {
  const { texts } = useWords();
  const banners = useResource(endpoints.banners(id, period));
  return (
    <Card title={texts.cards.banners} details="banners" address={address} wide>
      <Loaded resource={banners} skeleton={<SkeletonRows rows={3} />}>
        {({ rows }) => (rows.length === 0 ? <NoBanners /> : <BannerTable rows={rows.slice(0, bannersShown)} />)}
      </Loaded>
    </Card>
  );
}

export function BannersDetails({ id, period }: BannersProps) {
  const { texts, format } = useWords();
  const [search, setSearch] = useState("");
  const banners = useResource(endpoints.banners(id, period));
  const wanted = search.trim().toLocaleLowerCase();
  return (
    <Loaded resource={banners}>
      {({ rows }) => {
        const matches = rows.filter(({ campaign, creative, placement }) =>
          `${campaign.name} ${creative.name} ${placement.name}`.toLocaleLowerCase().includes(wanted),
        );
        return (
          <>
            <SearchField
              value={search}
              onValue={setSearch}
              said={texts.details.found(format.number(matches.length), format.number(rows.length))}
            />
            {matches.length > 0 && <BannerTable rows={matches} />}
            {matches.length === 0 && (rows.length === 0 ? <NoBanners /> : <Empty text={texts.details.nothing} />)}
          </>
        );
      }}
    </Loaded>
  );
}

function NoBanners() {
  const { texts } = useWords();
  return (
    <Empty text={texts.banners.empty}>
      <Link href="/banners" class="button">{texts.banners.emptyLink}</Link>
    </Empty>
  );
}

/** Scrolls sideways by itself on a phone: seven columns do not fold into one. */
function BannerTable({ rows }: { rows: BannerRow[] }) {
  const { texts, format } = useWords();
  const words = texts.banners;
  return (
    <div class="scroll" role="region" aria-label={words.caption} tabIndex={0}>
      <table class="grid">
        <caption class="visually-hidden">{words.caption}</caption>
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>{words.campaign}</th>
            <th scope="col" rowSpan={2}>{words.creative}</th>
            <th scope="col" rowSpan={2}>{words.placement}</th>
            <th scope="colgroup" colSpan={2} class="figure">{words.impressions}</th>
            <th scope="colgroup" colSpan={2} class="figure">{words.clicks}</th>
            <th scope="col" rowSpan={2} class="figure"><Explained how={words.ctrHow}>{words.ctr}</Explained></th>
          </tr>
          <tr>
            <th scope="col" class="figure"><Explained how={words.impressionsGross}>{words.gross}</Explained></th>
            <th scope="col" class="figure"><Explained how={words.impressionsValid}>{words.valid}</Explained></th>
            <th scope="col" class="figure"><Explained how={words.clicksGross}>{words.gross}</Explained></th>
            <th scope="col" class="figure"><Explained how={words.clicksValid}>{words.valid}</Explained></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.campaign.id}/${row.creative.id}/${row.placement.id}`}>
              <td><bdi class="grid-text" title={row.campaign.name}>{row.campaign.name}</bdi></td>
              <td><bdi class="grid-text" title={row.creative.name}>{row.creative.name}</bdi></td>
              <td><bdi class="grid-text" title={row.placement.name}>{row.placement.name}</bdi></td>
              <td class="figure quiet">
                {format.number(row.impressions.gross)}
                {row.mail_impressions > 0 && <small title={words.mailHow}> {words.mail(format.number(row.mail_impressions))}</small>}
              </td>
              <td class="figure">{format.number(row.impressions.valid)}</td>
              <td class="figure quiet">{format.number(row.clicks.gross)}</td>
              <td class="figure">{format.number(row.clicks.valid)}</td>
              <td class="figure">{format.percent(row.ctr)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
