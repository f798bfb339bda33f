import { useState } from "preact/hooks";
import { navigate } from "../address";
import { endpoints } from "../api/endpoints";
import { useSubmission } from "../api/submission";
import type { NewSite, Site } from "../api/types";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { Frame } from "../components/Frame";
import { isZone, ZoneField } from "../components/ZoneField";
import { useWords } from "../texts";

export function AddSitePage() {
  const { texts } = useWords();
  const words = texts.addSite;
  const [site, setSite] = useState<NewSite>(() => ({
    name: "",
    url: "",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }));
  const submission = useSubmission();
  const [zoneError, setZoneError] = useState<string | null>(null);
  const change = (part: Partial<NewSite>): void => setSite((old) => ({ ...old, ...part }));
  const submit = (): void => {
    const known = isZone(site.timezone);
    setZoneError(known ? null : words.timezoneUnknown);
    if (known) submission.post<Site>(endpoints.sites, site, (made) => navigate(`/sites/${made.id}/install`));
  };
  return (
    <Frame title={words.title} narrow>
      <p class="lead">{words.lead}</p>
      <div class="card card-padded">
        <Form submission={submission} submit={words.submit} onSubmit={submit}>
          <Field
            label={words.name}
            hint={words.nameHint}
            required
            autocomplete="off"
            value={site.name}
            onValue={(name) => change({ name })}
          />
          <Field
            label={words.url}
            hint={words.urlHint}
            type="url"
            required
            autocomplete="off"
            placeholder="https://example.com"
            value={site.url}
            onValue={(url) => change({ url })}
          />
          <ZoneField
            hint={words.timezoneHint}
            error={zoneError}
            value={site.timezone}
            onValue={(timezone) => change({ timezone })}
          />
        </Form>
      </div>
    </Frame>
  );
}
