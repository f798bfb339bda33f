import { useEffect, useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import type { Resource } from "../api/resource";
import { useResource } from "../api/resource";
import type { DroppedCount, SiteStatus, Snippet } from "../api/types";
import { CopyBox } from "../components/CopyBox";
import { Frame } from "../components/Frame";
import { Icon } from "../components/Icon";
import { Link } from "../components/Link";
import { Loaded, SkeletonRows } from "../components/Loaded";
import { Tabs } from "../components/Tabs";
import { lookUp, useWords } from "../texts";
import { NotFoundPage } from "./NotFoundPage";
import { SiteLinks } from "./SiteLinks";

/** How often the page looks whether the first hit is there. */
const pollMs = 2_000;

/** The snippet of a site, and whether it works yet. */
export function InstallPage({ id }: { id: number }) {
  const { texts } = useWords();
  const sites = useResource(endpoints.sites);
  const snippet = useResource(endpoints.snippet(id));
  const status = useResource(endpoints.status(id));
  usePolling(status);
  // Looking again every other second is no reason to fade what is shown.
  const shown = { ...status, loading: status.loading && status.data === null };
  if (snippet.problem?.status === 404) return <NotFoundPage />;
  const name = sites.data?.find((site) => site.id === id)?.name ?? "…";
  return (
    <Frame title={texts.install.title(name)} narrow>
      <SiteLinks id={id} current="install" />
      <div class="card card-padded">
        <Loaded resource={snippet} skeleton={<SkeletonRows rows={4} />}>{(data) => <Snippets snippet={data} />}</Loaded>
      </div>
      <div class="card card-padded">
        <Loaded resource={shown} skeleton={<SkeletonRows rows={2} />}>
          {(data) => <Arrival id={id} status={data} />}
        </Loaded>
      </div>
    </Frame>
  );
}

/** Asks again a while after each answer, never faster than the server answers, until the hit is there. */
function usePolling(status: Resource<SiteStatus>): void {
  const { loading, retry, data } = status;
  const arrived = data !== null && data.first_hit !== null;
  useEffect(() => {
    if (loading || arrived) return;
    const timer = setTimeout(retry, pollMs);
    return () => clearTimeout(timer);
  }, [loading, arrived, retry]);
}

function Snippets({ snippet }: { snippet: Snippet }) {
  const { texts } = useWords();
  const [kind, setKind] = useState<keyof Snippet>("footfall");
  const words = texts.install;
  const tabs = (["footfall", "matomo"] as const).map((name) => ({ name, label: words[name] }));
  return (
    <Tabs label={words.choose} tabs={tabs} chosen={kind} onChoose={setKind}>
      <CopyBox
        key={kind}
        label={words.snippet}
        code={snippet[kind]}
        hint={kind === "matomo" ? `${words.lead} ${words.matomoHint}` : words.lead}
      />
    </Tabs>
  );
}

function Arrival({ id, status }: { id: number; status: SiteStatus }) {
  const { texts, format } = useWords();
  const words = texts.install;
  const arrived = status.first_hit !== null;
  return (
    <>
      <div role="status">
        {arrived ? (
          <div class="arrival arrival-done">
            <Icon name="check" />
            <div>
              <h2>{words.received}</h2>
              <p>{words.receivedText(format.number(status.hits_today))}</p>
            </div>
          </div>
        ) : (
          <div class="arrival">
            <span class="pulse" />
            <div>
              <h2>{words.waiting}</h2>
              <p>{words.waitingText}</p>
            </div>
          </div>
        )}
      </div>
      {arrived && <Link href={`/sites/${id}?period=today`} class="button button-primary">{words.toSite}</Link>}
      {!arrived && status.dropped_today.length > 0 && <DroppedToday rows={status.dropped_today} />}
      {!arrived && <Hints />}
    </>
  );
}

function DroppedToday({ rows }: { rows: DroppedCount[] }) {
  const { texts, format } = useWords();
  return (
    <div class="hints">
      <h3>{texts.install.dropped}</h3>
      <ul>
        {rows.map(({ reason, count }) => {
          const known = lookUp(texts.dropped.reasons, reason);
          return (
            <li key={reason}>
              <strong>{known?.name ?? reason}</strong> ({format.number(count)}): {known?.why ?? texts.dropped.other}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Hints() {
  const { texts } = useWords();
  return (
    <details class="hints">
      <summary>{texts.install.hints}</summary>
      <ul>{texts.install.hintList.map((hint) => <li key={hint}>{hint}</li>)}</ul>
    </details>
  );
}
