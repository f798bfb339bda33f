import { useState } from "preact/hooks";
import type { Submission } from "../api/submission";
import type { GoalAttribute, GoalBody, PatternType } from "../api/types";
import { goalAttributes } from "../api/types";
import { Check } from "../components/Check";
import { Field, Select } from "../components/Field";
import { Form } from "../components/Form";
import { useWords } from "../texts";

export const newGoal: GoalBody = {
  name: "",
  description: "",
  attribute: "url",
  pattern: "",
  pattern_type: "contains",
  case_sensitive: false,
  allow_multiple: false,
  revenue: 0,
  use_event_value: false,
};

const comparisons = ["contains", "exact", "regex"] as const;

const isOfAddress = (attribute: GoalAttribute): boolean => ["url", "file", "external_website"].includes(attribute);

/** Of a kind that is compared with a text. */
const isText = (attribute: GoalAttribute): boolean => !["manually", "visit_duration"].includes(attribute);

const isOfEvent = (attribute: GoalAttribute): boolean => attribute.startsWith("event_");

interface GoalFormProps {
  start: GoalBody;
  submission: Submission;
  onSave: (goal: GoalBody) => void;
}

/** Everything about a goal; what has no meaning for the chosen kind is not asked. */
export function GoalForm({ start, submission, onSave }: GoalFormProps) {
  const { texts } = useWords();
  const words = texts.goals;
  const [goal, setGoal] = useState<GoalBody>(() => only(start));
  const [revenue, setRevenue] = useState(String(start.revenue));
  const change = (part: Partial<GoalBody>): void => setGoal((old) => ({ ...old, ...part }));
  const save = (): void => onSave({
    ...goal,
    revenue: revenue.trim() === "" ? 0 : Number(revenue),
    use_event_value: goal.use_event_value && isOfEvent(goal.attribute),
  });
  return (
    <Form submission={submission} submit={texts.save} onSubmit={save}>
      <Field
        label={words.name}
        hint={words.nameHint}
        required
        autocomplete="off"
        value={goal.name}
        onValue={(name) => change({ name })}
      />
      <AttributeField goal={goal} change={change} />
      {isText(goal.attribute) && <PatternFields goal={goal} change={change} />}
      {goal.attribute === "visit_duration" && <MinutesField goal={goal} change={change} />}
      <WorthFields goal={goal} change={change} revenue={revenue} onRevenue={setRevenue} />
      <Field
        label={words.description}
        hint={words.descriptionHint}
        autocomplete="off"
        value={goal.description}
        onValue={(description) => change({ description })}
      />
    </Form>
  );
}

interface PartProps {
  goal: GoalBody;
  change: (part: Partial<GoalBody>) => void;
}

function AttributeField({ goal, change }: PartProps) {
  const { texts } = useWords();
  const words = texts.goals;
  const choose = (attribute: GoalAttribute): void => {
    const changed: PatternType = goal.pattern_type === "greater_than" ? "contains" : goal.pattern_type;
    change({ attribute, pattern_type: attribute === "visit_duration" ? "greater_than" : changed });
  };
  return (
    <Select
      label={words.attribute}
      hint={words.attributes[goal.attribute].how}
      value={goal.attribute}
      onValue={(chosen) => choose(goalAttributes.find((attribute) => attribute === chosen) ?? "url")}
      options={goalAttributes.map((value) => ({ value, label: words.attributes[value].name }))}
    />
  );
}

/** Which texts reach the goal. */
function PatternFields({ goal, change }: PartProps) {
  const { texts } = useWords();
  const words = texts.goals;
  return (
    <>
      <Select
        label={words.comparison}
        hint={words.comparisons[goal.pattern_type]}
        value={goal.pattern_type}
        onValue={(chosen) => change({ pattern_type: comparisons.find((kind) => kind === chosen) ?? "contains" })}
        options={comparisons.map((value) => ({ value, label: words.does[value] }))}
      />
      <Field
        label={words.pattern}
        hint={isOfAddress(goal.attribute) ? words.addressHint : words.patternHint}
        required
        autocomplete="off"
        spellcheck={false}
        value={goal.pattern}
        onValue={(pattern) => change({ pattern })}
      />
      <Check
        label={words.caseSensitive}
        hint={words.caseSensitiveHint}
        value={goal.case_sensitive}
        onValue={(case_sensitive) => change({ case_sensitive })}
      />
    </>
  );
}

function MinutesField({ goal, change }: PartProps) {
  const { texts } = useWords();
  return (
    <Field
      label={texts.goals.minutes}
      hint={texts.goals.minutesHint}
      type="number"
      min={0}
      required
      value={goal.pattern}
      onValue={(pattern) => change({ pattern })}
    />
  );
}

/** How often it counts, and for how much. The amount is as it was typed. */
function WorthFields({ goal, change, revenue, onRevenue }: PartProps & { revenue: string; onRevenue: (revenue: string) => void }) {
  const { texts } = useWords();
  const words = texts.goals;
  return (
    <>
      <Check
        label={words.multiple}
        hint={words.multipleHint}
        value={goal.allow_multiple}
        onValue={(allow_multiple) => change({ allow_multiple })}
      />
      <Field
        label={words.revenue}
        hint={words.revenueHint}
        type="number"
        min={0}
        step="any"
        value={revenue}
        onValue={onRevenue}
      />
      {isOfEvent(goal.attribute) && (
        <Check
          label={words.useEventValue}
          hint={words.useEventValueHint}
          value={goal.use_event_value}
          onValue={(use_event_value) => change({ use_event_value })}
        />
      )}
    </>
  );
}

/** A goal without its number, which the server does not want back. */
function only(goal: GoalBody): GoalBody {
  const { name, description, attribute, pattern, pattern_type, case_sensitive, allow_multiple, revenue, use_event_value } = goal;
  return { name, description, attribute, pattern, pattern_type, case_sensitive, allow_multiple, revenue, use_event_value };
}
