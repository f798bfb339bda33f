import type { ComponentChildren } from "preact";
import { Component } from "preact";
import { Problem } from "../api/problem";
import { useWords } from "../texts";
import { ProblemNote } from "./ProblemNote";

interface Props {
  /** What is drawn; another subject is another chance. */
  subject: unknown;
  children: ComponentChildren;
}

interface State {
  brokenBy: unknown;
  broken: boolean;
}

/** Keeps a part that cannot be drawn from taking the rest of the page with it. */
export class Boundary extends Component<Props, State> {
  override state: State = { broken: false, brokenBy: null };

  override componentDidCatch(): void {
    this.setState({ broken: true, brokenBy: this.props.subject });
  }

  override render() {
    const broken = this.state.broken && this.state.brokenBy === this.props.subject;
    return broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { texts } = useWords();
  const problem = new Problem("unreadable", 0, null);
  return <ProblemNote problem={problem} title={texts.failure.title} />;
}
