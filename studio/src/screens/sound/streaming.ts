// Sound that is heard while it comes, where the browser can.
const TYPE = "audio/mpeg";

export const canStream = (): boolean => typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(TYPE);

export interface Feed {
  address: string;
  add: (piece: Uint8Array<ArrayBuffer>) => Promise<void>;
  end: () => void;
}

const once = (target: EventTarget, event: string): Promise<void> =>
  new Promise((done) => target.addEventListener(event, () => done(), { once: true }));

export function feed(): Feed {
  const media = new MediaSource();
  const opened = once(media, "sourceopen").then(() => media.addSourceBuffer(TYPE));
  return {
    address: URL.createObjectURL(media),
    async add(piece) {
      const buffer = await opened;
      const done = once(buffer, "updateend");
      buffer.appendBuffer(piece);
      await done;
    },
    end() {
      if (media.readyState === "open") media.endOfStream();
    },
  };
}
