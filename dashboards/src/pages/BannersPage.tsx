import { useState } from "preact/hooks";
import { step, useAddress, withQuery } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import { useSubmission } from "../api/submission";
import type { Campaign } from "../api/types";
import { Empty } from "../components/Empty";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { Frame } from "../components/Frame";
import { Link } from "../components/Link";
import { Loaded } from "../components/Loaded";
import { useWords } from "../texts";
import { Creatives } from "./Creatives";
import { Placements } from "./Placements";

/** Campaigns on the left; the chosen one's creatives and placements on the right. */
export function BannersPage() {
  const { texts } = useWords();
  const address = useAddress();
  const campaigns = useResource(endpoints.campaigns);
  const chosen = Number(address.query.get("campaign"));
  const made = (campaign: Campaign): void => {
    campaigns.retry();
    step(address, { campaign: String(campaign.id) });
  };
  return (
    <Frame title={texts.ads.title}>
      <p class="lead">{texts.ads.lead}</p>
      <Loaded resource={campaigns}>
        {(list) => {
          const campaign = list.find(({ id }) => id === chosen);
          return (
            <div class="two-panes">
              <aside class="card card-padded" aria-label={texts.ads.campaigns}>
                <h2>{texts.ads.campaigns}</h2>
                <CampaignList campaigns={list} chosen={chosen} href={(id) => withQuery(address, { campaign: String(id) })} />
                <NewCampaign onMade={made} />
              </aside>
              <div class="pane">
                {campaign === undefined ? (
                  <div class="card">
                    {list.length === 0 ? (
                      <Empty title={texts.ads.empty} text={texts.ads.emptyText} />
                    ) : (
                      <Empty text={texts.ads.choose} />
                    )}
                  </div>
                ) : (
                  <CampaignPane key={campaign.id} campaign={campaign} />
                )}
              </div>
            </div>
          );
        }}
      </Loaded>
    </Frame>
  );
}

interface CampaignListProps {
  campaigns: Campaign[];
  chosen: number;
  href: (id: number) => string;
}

function CampaignList({ campaigns, chosen, href }: CampaignListProps) {
  const { texts } = useWords();
  return (
    <ul class="picks">
      {campaigns.map(({ id, name, archived }) => (
        <li key={id}>
          <Link href={href(id)} class="pick" aria-current={id === chosen ? "true" : undefined}>
            <bdi class="pick-text">{name}</bdi>
            {archived && <span class="tag">{texts.ads.archived}</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function NewCampaign({ onMade }: { onMade: (campaign: Campaign) => void }) {
  const { texts } = useWords();
  const [name, setName] = useState("");
  const submission = useSubmission();
  const made = (campaign: Campaign): void => {
    setName("");
    onMade(campaign);
  };
  return (
    <Form
      submission={submission}
      submit={texts.ads.newCampaign}
      onSubmit={() => submission.post(endpoints.campaigns, { name }, made)}
    >
      <Field label={texts.ads.campaignName} required autocomplete="off" value={name} onValue={setName} />
    </Form>
  );
}

function CampaignPane({ campaign }: { campaign: Campaign }) {
  return (
    <>
      <h2 class="pane-title" dir="auto">{campaign.name}</h2>
      <Creatives campaign={campaign.id} />
      <Placements campaign={campaign.id} />
    </>
  );
}
