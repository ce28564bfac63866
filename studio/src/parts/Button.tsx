import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "primary" | "quiet";
  little?: boolean;
  icon?: LucideIcon;
  /** What it does, where it shows an icon alone. */
  name?: string;
  children?: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", little = false, icon: Icon, name, children, className = "", ...rest }: Props) {
  const alone = children === undefined;
  const classes = `button ${look} ${little ? "little" : ""} ${alone ? "icon" : ""} ${className}`;
  return (
    <button type="button" className={classes} aria-label={name} title={alone ? name : undefined} {...rest}>
      {Icon && <Icon size={little ? 16 : 18} aria-hidden />}
      {children}
    </button>
  );
}
