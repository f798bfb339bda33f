import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import { useResource } from "../api/resource";
import { useSubmission } from "../api/submission";
import type { Goal, GoalBody } from "../api/types";
import { Dialog } from "../components/Dialog";
import { Empty } from "../components/Empty";
import { Form } from "../components/Form";
import { Frame } from "../components/Frame";
import { Icon } from "../components/Icon";
import { Loaded } from "../components/Loaded";
import { useMayChange } from "../session";
import type { Format, Texts } from "../texts";
import { useWords } from "../texts";
import { GoalForm, newGoal } from "./GoalForm";
import { NotFoundPage } from "./NotFoundPage";
import { SiteLinks } from "./SiteLinks";

/** What is open over the list. */
type Open = { kind: "new" } | { kind: "edit"; goal: Goal } | { kind: "delete"; goal: Goal } | null;

/** What a site wants its visitors to do. */
export function GoalsPage({ id }: { id: number }) {
  const { texts } = useWords();
  const mayChange = useMayChange();
  const site = useResource(endpoints.site(id));
  const goals = useResource(endpoints.goals(id));
  const [open, setOpen] = useState<Open>(null);
  if (goals.problem?.status === 404) return <NotFoundPage />;
  const words = texts.goals;
  const close = (): void => setOpen(null);
  const done = (): void => {
    close();
    goals.retry();
  };
  return (
    <Frame title={words.title(site.data?.name ?? "…")} narrow>
      <SiteLinks id={id} current="goals" />
      <p class="lead">{words.lead}</p>
      <section class="card card-padded" aria-label={words.list}>
        <Loaded resource={goals}>
          {(list) => (list.length === 0 ? (
            <Empty title={words.empty} text={words.emptyText} />
          ) : (
            <GoalList goals={list} onOpen={mayChange ? setOpen : null} />
          ))}
        </Loaded>
        {mayChange && (
          <p class="list-actions">
            <button type="button" class="button button-primary" onClick={() => setOpen({ kind: "new" })}>
              <Icon name="plus" />
              {words.add}
            </button>
          </p>
        )}
      </section>
      {(open?.kind === "new" || open?.kind === "edit") && (
        <EditGoal site={id} goal={open.kind === "edit" ? open.goal : null} onClose={close} onDone={done} />
      )}
      {open?.kind === "delete" && <DeleteGoal site={id} goal={open.goal} onClose={close} onDone={done} />}
    </Frame>
  );
}

function GoalList({ goals, onOpen }: { goals: Goal[]; onOpen: ((open: Open) => void) | null }) {
  const { texts, format } = useWords();
  const words = texts.goals;
  return (
    <ul class="things">
      {goals.map((goal) => (
        <li key={goal.id} class="thing-row thing-row-wraps">
          <div>
            <p class="thing-name">
              <bdi>{goal.name}</bdi>
              <span class="tag">{words.number(String(goal.id))}</span>
            </p>
            <p class="thing-text"><bdi>{rule(goal, texts)}</bdi></p>
            <p class="thing-text">{worth(goal, texts, format)}</p>
            {goal.description !== "" && <p class="thing-text"><bdi>{goal.description}</bdi></p>}
          </div>
          {onOpen !== null && (
            <div class="thing-actions">
              <button type="button" class="button" aria-label={words.editOf(goal.name)} onClick={() => onOpen({ kind: "edit", goal })}>
                {words.edit}
              </button>
              <button type="button" class="button" aria-label={words.deleteOf(goal.name)} onClick={() => onOpen({ kind: "delete", goal })}>
                {words.delete}
              </button>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What is compared with what, as a sentence. */
function rule(goal: Goal, texts: Texts): string {
  const words = texts.goals;
  if (goal.attribute === "manually") return words.attributes.manually.how;
  if (goal.attribute === "visit_duration") return words.longerThan(goal.pattern);
  return `${words.attributes[goal.attribute].name} ${words.does[goal.pattern_type]} ${goal.pattern}`;
}

function worth(goal: Goal, texts: Texts, format: Format): string {
  const words = texts.goals;
  const often = goal.allow_multiple ? words.often.each : words.often.once;
  if (goal.use_event_value) return `${often} · ${words.eventWorth}`;
  return goal.revenue === 0 ? often : `${often} · ${words.worth(format.number(goal.revenue))}`;
}

interface OpenGoalProps {
  site: number;
  onClose: () => void;
  onDone: () => void;
}

function EditGoal({ site, goal, onClose, onDone }: OpenGoalProps & { goal: Goal | null }) {
  const { texts } = useWords();
  const submission = useSubmission();
  const words = texts.goals;
  const save = (body: GoalBody): void => {
    if (goal === null) submission.post(endpoints.goals(site), body, onDone);
    else submission.send("PUT", endpoints.goal(site, goal.id), body, onDone);
  };
  return (
    <Dialog title={goal === null ? words.add : words.editOf(goal.name)} onClose={onClose}>
      <GoalForm start={goal ?? newGoal} submission={submission} onSave={save} />
    </Dialog>
  );
}

function DeleteGoal({ site, goal, onClose, onDone }: OpenGoalProps & { goal: Goal }) {
  const { texts } = useWords();
  const submission = useSubmission();
  const words = texts.goals;
  return (
    <Dialog title={words.deleteOf(goal.name)} onClose={onClose}>
      <Form
        submission={submission}
        submit={words.delete}
        danger
        onSubmit={() => submission.send("DELETE", endpoints.goal(site, goal.id), null, onDone)}
      >
        <p>{words.deleteText}</p>
      </Form>
    </Dialog>
  );
}
