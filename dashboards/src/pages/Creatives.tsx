import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import { useSubmission } from "../api/submission";
import type { Creative } from "../api/types";
import { Empty } from "../components/Empty";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { Loaded } from "../components/Loaded";
import { OutsideLink } from "../components/OutsideLink";
import { useWords } from "../texts";

/** Pictures lie on other servers, which this page never asks for anything: addresses, no previews. */
export function Creatives({ campaign }: { campaign: number }) {
  const { texts } = useWords();
  const creatives = useResource(endpoints.creatives(campaign));
  return (
    <section class="card card-padded">
      <h3>{texts.ads.creatives}</h3>
      <Loaded resource={creatives}>
        {(list) => (list.length === 0 ? <Empty text={texts.ads.creativesEmpty} /> : <CreativeList creatives={list} />)}
      </Loaded>
      <details class="adding">
        <summary>{texts.ads.newCreative}</summary>
        <NewCreativeForm campaign={campaign} onMade={creatives.retry} />
      </details>
    </section>
  );
}

function CreativeList({ creatives }: { creatives: Creative[] }) {
  const { texts, format } = useWords();
  return (
    <ul class="things">
      {creatives.map((creative) => (
        <li key={creative.id}>
          <p class="thing-name">
            <bdi>{creative.name}</bdi>
            <span class="tag">{texts.ads.size(format.number(creative.width), format.number(creative.height))}</span>
          </p>
          <p class="thing-line"><OutsideLink href={creative.image_url}><bdi>{creative.image_url}</bdi></OutsideLink></p>
          <p class="thing-line">→ <OutsideLink href={creative.destination_url}><bdi>{creative.destination_url}</bdi></OutsideLink></p>
        </li>
      ))}
    </ul>
  );
}

const blank = { name: "", image_url: "", destination_url: "", width: "300", height: "250", alt: "" };

function NewCreativeForm({ campaign, onMade }: { campaign: number; onMade: () => void }) {
  const { texts } = useWords();
  const words = texts.ads;
  const [creative, setCreative] = useState(blank);
  const submission = useSubmission();
  const change = (part: Partial<typeof blank>): void => setCreative((old) => ({ ...old, ...part }));
  const made = (): void => {
    setCreative(blank);
    onMade();
  };
  const submit = (): void => {
    const body = { ...creative, width: Number(creative.width), height: Number(creative.height) };
    submission.post(endpoints.creatives(campaign), body, made);
  };
  return (
    <Form submission={submission} submit={words.add} onSubmit={submit}>
      <Field label={words.creativeName} required autocomplete="off" value={creative.name} onValue={(name) => change({ name })} />
      <Address label={words.image} value={creative.image_url} onValue={(image_url) => change({ image_url })} />
      <Address label={words.destination} value={creative.destination_url} onValue={(destination_url) => change({ destination_url })} />
      <div class="field-pair">
        <Side label={words.width} value={creative.width} onValue={(width) => change({ width })} />
        <Side label={words.height} value={creative.height} onValue={(height) => change({ height })} />
      </div>
      <Field label={words.alt} autocomplete="off" value={creative.alt} onValue={(alt) => change({ alt })} />
    </Form>
  );
}

interface PartProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

function Address(props: PartProps) {
  return <Field {...props} type="url" required autocomplete="off" placeholder="https://" />;
}

/** One side of the picture, in pixels. */
function Side(props: PartProps) {
  return <Field {...props} type="number" min={2} max={4096} required />;
}
