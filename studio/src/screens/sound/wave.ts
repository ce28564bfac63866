// Sounds as numbers: what their pictures are drawn of.

/** The least and the greatest value within each of `columns` parts. */
export function peaks(samples: Float32Array, columns: number): { least: number; most: number }[] {
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * samples.length) / columns);
    const until = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    let least = Infinity;
    let most = -Infinity;
    for (let i = from; i < until; i += 1) {
      const value = samples[i] ?? 0;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return { least, most };
  });
}

/** In place, of a power of two values: the discrete Fourier transform. */
export function fft(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  const swap = (values: Float64Array, i: number, j: number): void => {
    const held = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = held;
  };
  for (let i = 1, j = 0; i < n; i += 1) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(real, i, j);
      swap(imaginary, i, j);
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k += 1) {
      const angle = (-2 * Math.PI * k) / size;
      const c = Math.cos(angle);
      const s = Math.sin(angle);
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const re = (real[b] ?? 0) * c - (imaginary[b] ?? 0) * s;
        const im = (real[b] ?? 0) * s + (imaginary[b] ?? 0) * c;
        real[b] = (real[a] ?? 0) - re;
        imaginary[b] = (imaginary[a] ?? 0) - im;
        real[a] = (real[a] ?? 0) + re;
        imaginary[a] = (imaginary[a] ?? 0) + im;
      }
    }
  }
}

export const WINDOW = 512;
const FLOOR = -80; // decibels below the loudest, of which nothing is seen

/** Of each of `columns` moments `WINDOW / 2` shares from 0 to 1, low frequencies first: decibels above the floor. */
export function spectrogram(samples: Float32Array, columns: number): Float32Array[] {
  const powers: Float64Array[] = [];
  let loudest = 1e-12;
  for (let column = 0; column < columns; column += 1) {
    const middle = ((column + 0.5) * samples.length) / columns;
    const from = Math.round(middle - WINDOW / 2);
    const real = new Float64Array(WINDOW);
    for (let i = 0; i < WINDOW; i += 1) {
      real[i] = (samples[from + i] ?? 0) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));
    }
    const imaginary = new Float64Array(WINDOW);
    fft(real, imaginary);
    const power = new Float64Array(WINDOW / 2);
    for (let i = 0; i < power.length; i += 1) {
      const value = (real[i] ?? 0) ** 2 + (imaginary[i] ?? 0) ** 2;
      power[i] = value;
      if (value > loudest) loudest = value;
    }
    powers.push(power);
  }
  return powers.map((power) =>
    Float32Array.from(power, (value) => Math.max(0, 1 - (10 * Math.log10(value / loudest + 1e-12)) / FLOOR)),
  );
}

/** The rate that a WAV file says, so that it is decoded at its own. */
export function rateOf(file: Uint8Array): number | null {
  if (file.length < 28 || new TextDecoder().decode(file.subarray(0, 4)) !== "RIFF") return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 12; at + 16 <= file.length; ) {
    if (view.getUint32(at) === 0x666d7420) return view.getUint32(at + 12, true);
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return null;
}
