// One sound at a time, played to the sample: a loop has no gap. Where it is is told whenever somebody asks.
import { changing } from "../../api/changing";
import { rateOf } from "./wave";

let context: AudioContext | null = null;
let sounding: Player | null = null;

function takeTurn(player: Player): void {
  if (sounding !== player) sounding?.pause();
  sounding = player;
}

/** As the file has it, at its own rate. */
export function decode(file: Uint8Array): Promise<AudioBuffer> {
  const content = new ArrayBuffer(file.byteLength);
  new Uint8Array(content).set(file);
  return new OfflineAudioContext(1, 1, rateOf(file) ?? 44100).decodeAudioData(content);
}

export class Player {
  private source: AudioBufferSourceNode | null = null;
  private offset = 0;
  private since = 0;
  private readonly told = changing();
  readonly listen = this.told.listen;
  loop = false;

  constructor(readonly buffer: AudioBuffer) {}

  get playing(): boolean {
    return this.source !== null;
  }

  get seconds(): number {
    return this.buffer.duration;
  }

  get position(): number {
    if (this.source === null || context === null) return this.offset;
    const at = this.offset + context.currentTime - this.since;
    return this.loop ? at % this.seconds : Math.min(at, this.seconds);
  }

  readonly play = (from = this.position): void => {
    takeTurn(this);
    this.silence();
    context ??= new AudioContext();
    void context.resume();
    const source = context.createBufferSource();
    source.buffer = this.buffer;
    source.loop = this.loop;
    source.connect(context.destination);
    source.onended = () => {
      if (this.source !== source) return;
      this.source = null;
      this.offset = 0;
      this.told.tell();
    };
    this.offset = from >= this.seconds ? 0 : Math.max(0, from);
    this.since = context.currentTime;
    source.start(0, this.offset);
    this.source = source;
    this.told.tell();
  };

  readonly pause = (): void => {
    this.offset = this.position;
    this.silence();
    this.told.tell();
  };

  readonly toggle = (): void => (this.playing ? this.pause() : this.play());

  readonly seek = (to: number): void => {
    if (this.playing) this.play(to);
    else {
      this.offset = Math.min(Math.max(0, to), this.seconds);
      this.told.tell();
    }
  };

  setLoop(loop: boolean): void {
    if (loop === this.loop) return;
    const at = this.position;
    this.loop = loop;
    if (this.playing) this.play(at);
  }

  private silence(): void {
    const source = this.source;
    this.source = null;
    source?.stop();
    source?.disconnect();
  }
}

/** From one of two to the other, at the same place, also where neither is heard: then from where the first one stands. */
export function swapped(a: Player, b: Player): void {
  const [from, to] = a.playing ? [a, b] : b.playing ? [b, a] : a.position > 0 ? [a, b] : [b, a];
  const at = from.position;
  from.pause();
  from.seek(0);
  to.play(to.loop ? at % to.seconds : at);
}
