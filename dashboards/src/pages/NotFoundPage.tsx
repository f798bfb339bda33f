import { Empty } from "../components/Empty";
import { Frame } from "../components/Frame";
import { Link } from "../components/Link";
import { useWords } from "../texts";

/** Also shown for what exists but may not be seen: the two look alike on purpose. */
export function NotFoundPage() {
  const { texts } = useWords();
  return (
    <Frame title={texts.notFound.title} narrow>
      <Empty text={texts.notFound.text}>
        <Link href="/" class="button button-primary">{texts.notFound.back}</Link>
      </Empty>
    </Frame>
  );
}
