// What made a picture, name by name; whatever is in it is shown as text.
import type { ReactNode } from "react";
import { text } from "../../text";

export function Facts({ body, children }: { body: object; children?: ReactNode }) {
  const { images } = text;
  return (
    <dl className="images-facts">
      {Object.entries(body).filter(([name, value]) => images.names[name] !== undefined && value !== "").map(([name, value]) => (
        <div key={name}>
          <dt>{images.names[name]}</dt>
          <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
      {children}
    </dl>
  );
}
