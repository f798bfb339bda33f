import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import { useSubmission } from "../api/submission";
import type { Placement, Site } from "../api/types";
import { CopyBox } from "../components/CopyBox";
import { Dialog } from "../components/Dialog";
import { Empty } from "../components/Empty";
import { Field, Select } from "../components/Field";
import { Form } from "../components/Form";
import { Lines } from "../components/Lines";
import { Link } from "../components/Link";
import { Loaded } from "../components/Loaded";
import { useWords } from "../texts";

/** Where the campaign appears, and the code that makes it appear there. */
export function Placements({ campaign }: { campaign: number }) {
  const { texts } = useWords();
  const placements = useResource(endpoints.placements);
  const sites = useResource(endpoints.sites);
  const [tagged, setTagged] = useState<Placement | null>(null);
  return (
    <section class="card card-padded">
      <h3>{texts.ads.placements}</h3>
      <Loaded resource={placements}>
        {(all) => {
          const own = all.filter((placement) => placement.campaign_id === campaign);
          return own.length === 0 ? (
            <Empty text={texts.ads.placementsEmpty} />
          ) : (
            <PlacementList placements={own} sites={sites.data ?? []} onTags={setTagged} />
          );
        }}
      </Loaded>
      <details class="adding">
        <summary>{texts.ads.newPlacement}</summary>
        <Loaded resource={sites}>
          {(list) => <NewPlacementForm campaign={campaign} sites={list} onMade={placements.retry} />}
        </Loaded>
      </details>
      {tagged !== null && <Tags placement={tagged} onClose={() => setTagged(null)} />}
    </section>
  );
}

interface PlacementListProps {
  placements: Placement[];
  sites: Site[];
  onTags: (placement: Placement) => void;
}

function PlacementList({ placements, sites, onTags }: PlacementListProps) {
  const { texts } = useWords();
  return (
    <ul class="things">
      {placements.map((placement) => (
        <li key={placement.id} class="thing-row">
          <div>
            <p class="thing-name"><bdi>{placement.name}</bdi></p>
            <p class="thing-line"><bdi>{sites.find(({ id }) => id === placement.site_id)?.name ?? texts.unknown}</bdi></p>
            {placement.frame_hosts.length > 0 && (
              <p class="thing-line"><bdi>{texts.ads.framedBy(placement.frame_hosts.join(", "))}</bdi></p>
            )}
          </div>
          <button type="button" class="button" aria-label={texts.ads.tagsOf(placement.name)} onClick={() => onTags(placement)}>
            {texts.ads.tags}
          </button>
        </li>
      ))}
    </ul>
  );
}

function NewPlacementForm({ campaign, sites, onMade }: { campaign: number; sites: Site[]; onMade: () => void }) {
  const { texts } = useWords();
  const [name, setName] = useState("");
  const [site, setSite] = useState(String(sites[0]?.id ?? ""));
  const [frames, setFrames] = useState<string[]>([]);
  const submission = useSubmission();
  if (sites.length === 0) {
    return (
      <Empty text={texts.ads.noSites}>
        <Link href="/sites/new" class="button">{texts.sites.add}</Link>
      </Empty>
    );
  }
  const made = (): void => {
    setName("");
    setFrames([]);
    onMade();
  };
  const submit = (): void =>
    submission.post(
      endpoints.placements,
      { name, site_id: Number(site), campaign_id: campaign, frame_hosts: frames },
      made,
    );
  return (
    <Form submission={submission} submit={texts.ads.add} onSubmit={submit}>
      <Field label={texts.ads.placementName} required autocomplete="off" value={name} onValue={setName} />
      <Select
        label={texts.ads.site}
        value={site}
        onValue={setSite}
        options={sites.map((option) => ({ value: String(option.id), label: option.name }))}
      />
      <Lines label={texts.ads.frameHosts} hint={texts.ads.frameHostsHint} value={frames} onValue={setFrames} />
    </Form>
  );
}

function Tags({ placement, onClose }: { placement: Placement; onClose: () => void }) {
  const { texts } = useWords();
  const tags = useResource(endpoints.tags(placement.id));
  return (
    <Dialog title={texts.ads.tagsOf(placement.name)} onClose={onClose} wide>
      <Loaded resource={tags}>
        {({ script, creatives }) => (
          <div class="tags">
            <CopyBox label={texts.ads.script} hint={texts.ads.scriptHint} code={script} />
            {creatives.map((creative) => (
              <CopyBox
                key={creative.creative_id}
                label={texts.ads.imageLink(creative.name)}
                hint={texts.ads.imageLinkHint}
                code={creative.image_link}
              />
            ))}
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}
