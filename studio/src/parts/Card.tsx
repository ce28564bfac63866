import type { ReactNode } from "react";

/** Something that stands for itself under a heading. */
export function Card({ heading, children, className = "" }: { heading?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <section className={`card ${className}`}>
      {heading !== undefined && <h2>{heading}</h2>}
      {children}
    </section>
  );
}
