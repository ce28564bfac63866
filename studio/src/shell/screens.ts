// The screens in their order. One is shown when there is a folder of its name in screens/ whose index.ts(x) has it as
// its default: nothing else has to be told of a new one.
import {
  AudioLines,
  Blocks,
  Code,
  GraduationCap,
  House,
  Image,
  ListChecks,
  MessagesSquare,
  Plug,
  Scale,
  type LucideIcon,
} from "lucide-react";
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

export const IDS = [
  "home", "chat", "images", "sound", "code", "train", "compare", "models", "queue", "connect",
] as const;

export type ScreenId = (typeof IDS)[number];

const ICONS: Record<ScreenId, LucideIcon> = {
  home: House,
  chat: MessagesSquare,
  images: Image,
  sound: AudioLines,
  code: Code,
  train: GraduationCap,
  compare: Scale,
  models: Blocks,
  queue: ListChecks,
  connect: Plug,
};

interface ScreenFile {
  default: ComponentType;
}

export interface Screen {
  id: ScreenId;
  icon: LucideIcon;
  Body: LazyExoticComponent<ComponentType>;
  load: () => Promise<ScreenFile>;
}

const BUILT = import.meta.glob<ScreenFile>("../screens/*/index.{ts,tsx}");

export const SCREENS: readonly Screen[] = IDS.flatMap((id) => {
  const load = BUILT[`../screens/${id}/index.ts`] ?? BUILT[`../screens/${id}/index.tsx`];
  return load === undefined ? [] : [{ id, icon: ICONS[id], Body: lazy(load), load }];
});

/** Whether there is such a screen to link to. */
export const isBuilt = (id: ScreenId): boolean => SCREENS.some((screen) => screen.id === id);
