import { useState } from "preact/hooks";
import { navigate, useAddress } from "../address";
import { endpoints } from "../api/endpoints";
import { useSubmission } from "../api/submission";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { shortestPassword } from "../password";
import { useWords } from "../texts";
import { Threshold } from "./Threshold";

/** Makes the first account. The token comes with the one-time link, or is pasted. */
export function SetUpPage({ onDone }: { onDone: () => void }) {
  const { texts } = useWords();
  const given = useAddress().query.get("token");
  const [token, setToken] = useState(given ?? "");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submission = useSubmission();
  const made = (): void => {
    navigate("/sites/new", "replace");
    onDone();
  };
  return (
    <Threshold title={texts.setUp.title}>
      <p class="lead">{given === null ? texts.setUp.needed : texts.setUp.lead}</p>
      <Form
        submission={submission}
        submit={texts.setUp.submit}
        onSubmit={() => submission.post(endpoints.setup, { token: token.trim(), email, password }, made)}
      >
        {given === null && (
          <Field label={texts.setUp.token} autocomplete="off" spellcheck={false} required value={token} onValue={setToken} />
        )}
        <Field label={texts.setUp.email} type="email" autocomplete="username" required value={email} onValue={setEmail} />
        <Field
          label={texts.setUp.password}
          hint={texts.setUp.passwordHint}
          type="password"
          autocomplete="new-password"
          minLength={shortestPassword}
          required
          value={password}
          onValue={setPassword}
        />
      </Form>
    </Threshold>
  );
}
