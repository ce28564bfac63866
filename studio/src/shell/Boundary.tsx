import { Component, type ReactNode } from "react";
import { Button } from "../parts/Button";
import { text } from "../text";

/** A screen that failed takes nothing else along. Its words are kept by what it wrote them into. */
export class Boundary extends Component<{ children: ReactNode }, { failed: string | null }> {
  override state = { failed: null as string | null };

  static getDerivedStateFromError(error: unknown): { failed: string } {
    return { failed: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { failed } = this.state;
    if (failed === null) return this.props.children;
    return (
      <div className="fault" role="alert">
        <strong>{text.shell.failed}</strong>
        <code>{failed}</code>
        <span>
          <Button onClick={() => location.reload()}>{text.shell.reload}</Button>
        </span>
      </div>
    );
  }
}
