import { useState } from "preact/hooks";
import { navigate } from "../address";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import { useSubmission } from "../api/submission";
import type { Identity, SiteChange, SiteDetail, SiteSettings } from "../api/types";
import { Check } from "../components/Check";
import { Field, Select } from "../components/Field";
import { Form } from "../components/Form";
import { Frame } from "../components/Frame";
import { Lines } from "../components/Lines";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { isZone, ZoneField } from "../components/ZoneField";
import { useWords } from "../texts";
import { NotFoundPage } from "./NotFoundPage";
import { SiteLinks } from "./SiteLinks";

/** What an operator decides about a site: what it is, what counts, and its end. */
export function SiteSettingsPage({ id }: { id: number }) {
  const { texts } = useWords();
  const site = useResource(endpoints.site(id));
  const settings = useResource(endpoints.siteSettings(id));
  if (site.problem?.status === 404 || settings.problem?.status === 404) return <NotFoundPage />;
  const words = texts.siteSettings;
  return (
    <Frame title={words.title(site.data?.name ?? "…")} narrow>
      <SiteLinks id={id} current="settings" />
      <section class="card card-padded">
        <h2>{words.site}</h2>
        <Loaded resource={site} skeleton={<SkeletonRows rows={4} />}>{(data) => <SiteForm site={data} />}</Loaded>
      </section>
      <section class="card card-padded">
        <h2>{words.counting}</h2>
        <p class="hint">{words.countingHint}</p>
        <Loaded resource={settings} skeleton={<SkeletonRows rows={6} />}>
          {(data) => <CountingForm id={id} start={data} />}
        </Loaded>
      </section>
      <section class="card card-padded">
        <h2>{words.end}</h2>
        <p class="hint">{words.endHint}</p>
        {site.data !== null && <DeleteForm site={site.data} />}
      </section>
    </Frame>
  );
}

const identities: readonly Identity[] = ["daily", "consented"];

const wanted = (site: SiteDetail): SiteChange => ({
  name: site.name,
  url: site.url,
  timezone: site.next_timezone?.timezone ?? site.timezone,
  identity: site.identity,
});

function SiteForm({ site: start }: { site: SiteDetail }) {
  const { texts } = useWords();
  const words = texts.siteSettings;
  const [site, setSite] = useState(start);
  const [form, setForm] = useState(() => wanted(start));
  const [zoneError, setZoneError] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const submission = useSubmission();
  const change = (part: Partial<SiteChange>): void => {
    setSaved(false);
    setForm((old) => ({ ...old, ...part }));
  };
  const done = (answer: SiteDetail): void => {
    setSite(answer);
    setForm(wanted(answer));
    setSaved(true);
  };
  const submit = (): void => {
    setSaved(false);
    const known = isZone(form.timezone);
    setZoneError(known ? null : texts.addSite.timezoneUnknown);
    if (known) submission.send<SiteDetail>("PATCH", endpoints.site(site.id), form, done);
  };
  return (
    <Form submission={submission} submit={texts.save} onSubmit={submit} said={saved ? words.saved : ""}>
      <SiteFields site={site} form={form} zoneError={zoneError} change={change} />
    </Form>
  );
}

interface SiteFieldsProps {
  /** As it is now; `form` is as it is to be. */
  site: SiteDetail;
  form: SiteChange;
  zoneError: string | null;
  change: (part: Partial<SiteChange>) => void;
}

function SiteFields({ site, form, zoneError, change }: SiteFieldsProps) {
  const { texts, format } = useWords();
  const words = texts.siteSettings;
  const next = site.next_timezone;
  return (
    <>
      <Field
        label={texts.addSite.name}
        hint={texts.addSite.nameHint}
        required
        autocomplete="off"
        value={form.name}
        onValue={(name) => change({ name })}
      />
      <Field
        label={texts.addSite.url}
        hint={words.urlHint}
        type="url"
        required
        autocomplete="off"
        value={form.url}
        onValue={(url) => change({ url })}
      />
      <ZoneField
        hint={next === null ? words.timezoneHint : words.timezoneNext(site.timezone, next.timezone, format.moment(next.from, site.timezone))}
        error={zoneError}
        value={form.timezone}
        onValue={(timezone) => change({ timezone })}
      />
      <Select
        label={words.identity}
        hint={words.identities[form.identity].how}
        value={form.identity}
        onValue={(chosen) => change({ identity: identities.find((identity) => identity === chosen) ?? "daily" })}
        options={identities.map((value) => ({ value, label: words.identities[value].name }))}
      />
    </>
  );
}

type ListName = {
  [Name in keyof SiteSettings]: SiteSettings[Name] extends string[] ? Name : never;
}[keyof SiteSettings];

type SwitchName = Exclude<keyof SiteSettings, ListName>;

interface Group {
  group: "who" | "pages" | "search" | "shop";
  lists: ListName[];
  switches: SwitchName[];
}

/** Groups of settings, in the order in which people look for them. */
const groups: readonly Group[] = [
  { group: "who", lists: ["excluded_addresses", "excluded_agents", "excluded_referrers"], switches: [] },
  { group: "pages", lists: ["aliases", "excluded_parameters"], switches: ["exclude_unknown_urls", "keep_fragment"] },
  { group: "search", lists: ["search_keywords", "search_categories"], switches: ["site_search"] },
  { group: "shop", lists: [], switches: ["ecommerce"] },
];

function CountingForm({ id, start }: { id: number; start: SiteSettings }) {
  const { texts } = useWords();
  const words = texts.siteSettings;
  const [form, setForm] = useState(start);
  const [saved, setSaved] = useState(false);
  const submission = useSubmission();
  const change = (part: Partial<SiteSettings>): void => {
    setSaved(false);
    setForm((old) => ({ ...old, ...part }));
  };
  const done = (answer: SiteSettings): void => {
    setForm(answer);
    setSaved(true);
  };
  const submit = (): void => {
    setSaved(false);
    submission.send<SiteSettings>("PUT", endpoints.siteSettings(id), form, done);
  };
  return (
    <Form submission={submission} submit={texts.save} onSubmit={submit} said={saved ? words.saved : ""}>
      {groups.map((group) => <GroupFields key={group.group} {...group} form={form} change={change} />)}
    </Form>
  );
}

interface GroupFieldsProps extends Group {
  form: SiteSettings;
  change: (part: Partial<SiteSettings>) => void;
}

function GroupFields({ group, lists, switches, form, change }: GroupFieldsProps) {
  const { texts } = useWords();
  const words = texts.siteSettings;
  return (
    <fieldset class="group">
      <legend>{words.groups[group]}</legend>
      {switches.map((name) => (
        <Check
          key={name}
          label={words.fields[name].name}
          hint={words.fields[name].how}
          value={form[name]}
          onValue={(value) => change({ [name]: value })}
        />
      ))}
      {lists.filter(() => group !== "search" || form.site_search).map((name) => (
        <Lines
          key={name}
          label={words.fields[name].name}
          hint={words.fields[name].how}
          value={form[name]}
          onValue={(value) => change({ [name]: value })}
        />
      ))}
    </fieldset>
  );
}

function DeleteForm({ site }: { site: SiteDetail }) {
  const { texts } = useWords();
  const words = texts.siteSettings;
  const [typed, setTyped] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submission = useSubmission();
  const submit = (): void => {
    const meant = typed.trim() === site.name.trim();
    setError(meant ? null : words.endOther);
    if (meant) submission.send("DELETE", endpoints.site(site.id), null, () => navigate("/", "replace"));
  };
  return (
    <Form submission={submission} submit={words.endSubmit} danger onSubmit={submit}>
      <Field
        label={words.endName(site.name)}
        error={error}
        required
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onValue={setTyped}
      />
    </Form>
  );
}
