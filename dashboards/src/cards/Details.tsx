import type { Address } from "../address";
import { undoTo, withQuery } from "../address";
import type { Site } from "../api/types";
import { Dialog } from "../components/Dialog";
import type { Period } from "../period";
import { useWords } from "../texts";
import { BannersDetails } from "./BannersCard";
import { BreakdownDetails } from "./BreakdownDetails";
import { subjectFrom } from "./catalogue";
import { DroppedDetails } from "./DroppedCard";
import { GoalsDetails } from "./GoalsCard";

interface DetailsProps {
  id: number;
  site: Site | null;
  period: Period;
  address: Address;
}

/** The panel behind "Show all". The address says whether it is open, so a link can point into it. */
export function Details({ id, site, period, address }: DetailsProps) {
  const { texts } = useWords();
  const subject = subjectFrom(address.query.get("details"));
  if (subject === null) return null;
  const close = (): void => undoTo(withQuery(address, { details: null }));
  if (subject === "goals" || subject === "banners" || subject === "dropped") {
    const Body = { goals: GoalsDetails, banners: BannersDetails, dropped: DroppedDetails }[subject];
    return (
      <Dialog title={texts.cards[subject]} onClose={close} wide>
        <Body id={id} period={period} />
      </Dialog>
    );
  }
  return (
    <Dialog title={texts.dimensions[subject].name} onClose={close} wide>
      <BreakdownDetails key={subject} dimension={subject} id={id} site={site} period={period} />
    </Dialog>
  );
}
