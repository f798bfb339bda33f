import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Footer } from "../components/Frame";
import { Mark } from "../components/Icon";
import { useWords } from "../texts";

/** The frame of the pages before the door: one card in the middle. */
export function Threshold({ title, children }: { title: string; children: ComponentChildren }) {
  const { texts } = useWords();
  useEffect(() => {
    document.title = title === texts.brand ? title : `${title} · ${texts.brand}`;
  }, [title, texts]);
  return (
    <>
      <main class="threshold">
        <div class="card threshold-card">
          <div class="brand"><Mark />{texts.brand}</div>
          <h1 class="title">{title}</h1>
          {children}
        </div>
      </main>
      <Footer version={null} attribution={null} />
    </>
  );
}
