import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import { useSubmission } from "../api/submission";
import { DroppedOfNoSite } from "../cards/DroppedCard";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { Frame } from "../components/Frame";
import { LanguageSwitch, ShortcutSwitch, ThemeSwitch } from "../components/switches";
import { shortestPassword } from "../password";
import { useSession } from "../session";
import { useWords } from "../texts";

export function SettingsPage() {
  const { texts } = useWords();
  const { session } = useSession();
  const words = texts.settings;
  return (
    <Frame title={words.title} narrow>
      <section class="card card-padded">
        <h2>{words.account}</h2>
        <p class="hint">{words.signedInAs(session.user.email, session.user.role)}</p>
        <h3>{words.password}</h3>
        <PasswordForm />
      </section>
      <section class="card card-padded">
        <h2>{words.appearance}</h2>
        <p class="hint">{words.appearanceHint}</p>
        <div class="switches">
          <ThemeSwitch />
          <LanguageSwitch />
          <ShortcutSwitch />
        </div>
        <p class="hint">{words.shortcutsHint}</p>
      </section>
      {session.user.role === "owner" && (
        <section class="card card-padded">
          <h2>{texts.dropped.ofNoSite}</h2>
          <p class="hint">{texts.dropped.ofNoSiteHint}</p>
          <DroppedOfNoSite />
        </section>
      )}
    </Frame>
  );
}

function PasswordForm() {
  const { texts } = useWords();
  const words = texts.settings;
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [changed, setChanged] = useState(false);
  const submission = useSubmission();
  const done = (): void => {
    setCurrent("");
    setPassword("");
    setChanged(true);
  };
  const submit = (): void => {
    setChanged(false);
    submission.post(endpoints.password, { current, password }, done);
  };
  return (
    <Form
      submission={submission}
      submit={words.password}
      explain={(status) => (status === 401 || status === 403 ? words.wrong : null)}
      onSubmit={submit}
    >
      <Field
        label={words.current}
        type="password"
        autocomplete="current-password"
        required
        value={current}
        onValue={setCurrent}
      />
      <Field
        label={words.next}
        hint={texts.setUp.passwordHint}
        type="password"
        autocomplete="new-password"
        minLength={shortestPassword}
        required
        value={password}
        onValue={setPassword}
      />
      <p role="status" class="done">{changed ? words.changed : ""}</p>
    </Form>
  );
}
