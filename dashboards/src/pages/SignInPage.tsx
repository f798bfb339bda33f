import { useState } from "preact/hooks";
import { endpoints } from "../api/endpoints";
import { useSubmission } from "../api/submission";
import { Field } from "../components/Field";
import { Form } from "../components/Form";
import { useWords } from "../texts";
import { Threshold } from "./Threshold";

export function SignInPage({ onDone }: { onDone: () => void }) {
  const { texts } = useWords();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const submission = useSubmission();
  const explain = (status: number): string | null => {
    if (status === 401) return texts.signIn.wrong;
    return status === 429 ? texts.signIn.tooMany : null;
  };
  return (
    <Threshold title={texts.signIn.title}>
      <p class="lead">{texts.signIn.lead}</p>
      <Form
        submission={submission}
        submit={texts.signIn.submit}
        explain={explain}
        onSubmit={() => submission.post(endpoints.session, { email, password }, onDone)}
      >
        <Field label={texts.signIn.email} type="email" autocomplete="username" required value={email} onValue={setEmail} />
        <Field
          label={texts.signIn.password}
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
        />
      </Form>
    </Threshold>
  );
}
