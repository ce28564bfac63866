// What chance would do: exact figures of the binomial distribution.

function logFactorials(n: number): number[] {
  const made = [0];
  for (let i = 1; i <= n; i += 1) made.push((made[i - 1] ?? 0) + Math.log(i));
  return made;
}

/** How likely at most `k` of `n` are, each of which is so with `p`. */
export function atMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  if (p <= 0) return 1;
  if (p >= 1) return 0;
  const logs = logFactorials(n);
  let sum = 0;
  for (let i = 0; i <= k; i += 1) {
    sum += Math.exp((logs[n] ?? 0) - (logs[i] ?? 0) - (logs[n - i] ?? 0) + i * Math.log(p) + (n - i) * Math.log(1 - p));
  }
  return Math.min(1, sum);
}

const HALVINGS = 60;

/** Where a falling function of the share comes down to `level`. */
function meets(falling: (share: number) => number, level: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2;
    if (falling(middle) > level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The exact 95 % interval of a share (Clopper and Pearson 1934). */
export function interval(k: number, n: number): [number, number] {
  if (n === 0) return [0, 1];
  const tail = 0.025;
  const low = k === 0 ? 0 : meets((share) => atMost(k - 1, n, share), 1 - tail);
  const high = k === n ? 1 : meets((share) => atMost(k, n, share), tail);
  return [low, high];
}

/** How often a fair coin would fall at least so unevenly, to either side. */
export function unevenness(k: number, n: number): number {
  if (n === 0) return 1;
  return Math.min(1, 2 * Math.min(atMost(k, n, 0.5), 1 - atMost(k - 1, n, 0.5)));
}
