import { describe, expect, it } from "vitest";
import { fft, peaks, rateOf, spectrogram, WINDOW } from "./wave";

describe("the Fourier transform", () => {
  it("is what the sum says", () => {
    const given = [1, -2, 3, 0.5, 0, 4, -1, 2];
    const real = Float64Array.from(given);
    const imaginary = new Float64Array(8);
    fft(real, imaginary);
    for (let k = 0; k < 8; k += 1) {
      const sum = (of: (angle: number) => number): number => given.reduce((all, one, i) => all + one * of((-2 * Math.PI * k * i) / 8), 0);
      expect(real[k]).toBeCloseTo(sum(Math.cos), 10);
      expect(imaginary[k]).toBeCloseTo(sum(Math.sin), 10);
    }
  });
});

describe("a spectrogram", () => {
  it("is brightest where the tone is", () => {
    const tone = Float32Array.from({ length: 8000 }, (_, i) => Math.sin((2 * Math.PI * 32 * i) / WINDOW));
    for (const column of spectrogram(tone, 10).slice(1, -1)) {
      expect(column.indexOf(Math.max(...column))).toBe(32);
      expect(column[200]).toBe(0);
    }
  });

  it("of silence is dark, also of none", () => {
    for (const samples of [new Float32Array(1000), new Float32Array(0)]) {
      expect(spectrogram(samples, 3).every((column) => column.every((one) => one === 0))).toBe(true);
    }
  });
});

it("finds the bounds of each part", () => {
  expect(peaks(Float32Array.of(0, 1, -1, 0.5), 2)).toEqual([{ least: 0, most: 1 }, { least: -1, most: 0.5 }]);
  expect(peaks(Float32Array.of(1), 2)).toHaveLength(2);
});

it("reads a WAV file's rate, behind other parts, too", () => {
  const told = new TextEncoder().encode("RIFF....WAVELIST\u0003\0\0\0abc\0fmt \u0010\0\0\0\u0001\0\u0001\0");
  expect(rateOf(Uint8Array.of(...told, 0x80, 0x3e, 0, 0))).toBe(16000);
  expect(rateOf(new Uint8Array(40))).toBeNull();
});
