// One step of a Llama-like decoder for up to sixteen rows, all layers in one call: what a row gets depends on itself alone,
// not on the rows beside it and not on the number of threads.
//
// In: the stream of each row's newest token, and where each row's keys and values lie. Out: logits; keys and values are written
// into the memories. A plain C interface, called by ctypes (kernel.py); no header of torch's or Python's is needed.
//
// This file is compiled once for each kind of processor, into a library of its own; kernel.py loads the best that runs.
// Compiled with -ffp-contract=off: a product is fused into a sum only where `muladd` says so, the same for any number of rows.
//
// N rows · K inputs · O outputs · D width · H heads · G key-value heads · E head width · C positions · F turned pairs

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef __AVX2__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

namespace {

constexpr int WIDE = 16;    // outputs that are computed together, and floats of a vector
constexpr int TILE = 8;     // rows that share a weight while it is in a register
constexpr int GROUP = 32;   // inputs that share a scale in four bits
constexpr int AHEAD = 4096; // bytes of weights to ask memory for before they are needed
typedef float V __attribute__((vector_size(64)));
typedef int32_t VI __attribute__((vector_size(64)));
typedef float VU __attribute__((vector_size(64), aligned(4), may_alias));

INLINE V load(const float* at) { return *reinterpret_cast<const VU*>(at); }
INLINE void store(float* at, V x) { *reinterpret_cast<VU*>(at) = x; }
INLINE V all(float x) { return V{} + x; }

INLINE V muladd(V a, V b, V c) {
#if defined(__AVX512F__)
    return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    for (int half = 0; half < 2; ++half) {
        __m256 x, y, z;
        memcpy(&x, (char*)&a + 32 * half, 32), memcpy(&y, (char*)&b + 32 * half, 32), memcpy(&z, (char*)&c + 32 * half, 32);
        z = _mm256_fmadd_ps(x, y, z);
        memcpy((char*)&c + 32 * half, &z, 32);
    }
    return c;
#else
    return a * b + c;
#endif
}

INLINE float total(V x) {
    float lane[WIDE];
    memcpy(lane, &x, sizeof lane);
    for (int half = WIDE / 2; half; half /= 2)
        for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
}

INLINE float dot(const float* a, const float* b, int n) {
    V sums{};
    int i = 0;
    for (; i + WIDE <= n; i += WIDE) sums = muladd(load(a + i), load(b + i), sums);
    float sum = total(sums);
    for (; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

INLINE float largest(const float* x, int n) {
    V most{};
    int i = 0;
    for (; i + WIDE <= n; i += WIDE) {
        V a = load(x + i), b = -a;
        a = a > b ? a : b;
        most = most > a ? most : a;
    }
    float found = 0;
    for (int lane = 0; lane < WIDE; ++lane) found = most[lane] > found ? most[lane] : found;
    for (; i < n; ++i) found = std::fabs(x[i]) > found ? std::fabs(x[i]) : found;
    return found;
}

// e^x = 2^k e^r with |r| <= ln 2 / 2, and e^r by its series to the seventh power, whose rest is below a float's last bit.
INLINE V exponential(V x) {
    x = x < all(-87.0f) ? all(-87.0f) : x;
    x = x > all(88.0f) ? all(88.0f) : x;
    const float round = 12582912.0f;  // 1.5 * 2^23: adding it leaves no digits behind the point
    V k = (x * 1.44269504f + round) - round;
    V r = (x - k * 0.693359375f) + k * 2.12194440e-4f;  // ln 2 in two parts, the first with few digits
    V p = all(1.0f / 7);
    for (int n = 6; n; --n) p = muladd(p, r, all(1.0f)) * (1.0f / n);
    p = muladd(p, r, all(1.0f));
    VI two_k = (__builtin_convertvector(k, VI) + 127) << 23;
    V scale;
    memcpy(&scale, &two_k, sizeof scale);
    return p * scale;
}

}  // namespace

// ---------------------------------------------------------------------------------------------- linear maps

extern "C" {
// bits 8: weights (O/16, K/4, 16, 4), scale and offset (-128 Σ w) an output. bits 4: for each sixteen outputs and 32 inputs
// 4 * 64 bytes, of which the lower halves are inputs 8c .. 8c+3 and the upper ones 8c+4 .. 8c+7, then sixteen scales and sixteen least
// values in sixteen bits. K is filled up to a multiple of 16, O to one of 16.
struct Map {
    const uint8_t* weight;
    const float* scale_O;
    const int32_t* offset_O;
    const float* bias_O;
    int32_t inputs, outputs, bits, unused;
};
}

namespace {

struct Share {  // a thread's part of the work
    int index, of;
    int begin(int all) const { return (int)((int64_t)all * index / of); }
    int end(int all) const { return (int)((int64_t)all * (index + 1) / of); }
};

struct Levels {  // rows as a map takes them
    int stride = 0;
    std::vector<uint8_t> level;
    std::vector<float> scale, sum;  // of a row, or of each group of a row
};

// For eight bits as `quantised_tokens` in int8.py, operation by operation: 1 .. 255 about 128. For four: -127 .. 127, a scale a group.
void quantise(const Map& map, const float* x_NK, int rows, Levels& to) {
    const int K = map.inputs, group = map.bits == 8 ? K : GROUP, groups = K / group;
    const float zero = map.bits == 8 ? 128.5f : 0.0f;
    to.stride = (K + WIDE - 1) / WIDE * WIDE;
    to.level.resize((size_t)rows * to.stride), to.scale.resize(rows * groups), to.sum.resize(rows * groups);
    for (int n = 0; n < rows; ++n)
        for (int g = 0; g < groups; ++g) {
            const float* x = x_NK + (size_t)n * K + g * group;
            uint8_t* level = to.level.data() + (size_t)n * to.stride + g * group;
            float scale = largest(x, group) * (1.0f / 127);
            scale = scale < 1e-30f ? 1e-30f : scale;
            to.scale[n * groups + g] = scale;
            if (map.bits == 8) {
                for (int k = 0; k < group; ++k) level[k] = (uint8_t)(int32_t)(x[k] / scale + zero);
            } else {
                int32_t sum = 0;
                for (int k = 0; k < group; ++k) {
                    int32_t nearest = (int32_t)(x[k] / scale + (x[k] < 0 ? -0.5f : 0.5f));
                    level[k] = (uint8_t)(int8_t)nearest, sum += nearest;
                }
                to.sum[n * groups + g] = scale * (float)sum;
            }
        }
}

INLINE int32_t quad(const uint8_t* at) {
    int32_t four;
    memcpy(&four, at, 4);
    return four;
}

// Σ level · weight of sixteen outputs, R rows at a time; levels about zero, so that `offset` is what unsigned ones add.
#if defined(__AVX512VNNI__)

template <int R>
INLINE void sums8(const uint8_t* w, const int32_t* offset, int quads, const uint8_t* x, int stride, VI (&sum)[R]) {
    constexpr int S = R == 1 ? 4 : R <= 3 ? 2 : 1;  // sums beside each other, since each waits for the one before
    __m512i part[S][R] = {};
    for (int q = 0; q < quads; q += 4)  // whole sixteens of inputs
        for (int s = 0; s < 4; ++s) {
            const __m512i weight = _mm512_loadu_si512(w + 64 * (q + s));
            _mm_prefetch((const char*)w + 64 * (q + s) + AHEAD, _MM_HINT_T0);
            for (int r = 0; r < R; ++r)
                part[s % S][r] = _mm512_dpbusd_epi32(part[s % S][r], _mm512_set1_epi32(quad(x + r * stride + 4 * (q + s))), weight);
        }
    for (int r = 0; r < R; ++r) {
        __m512i all = _mm512_loadu_si512(offset);
        for (int s = 0; s < S; ++s) all = _mm512_add_epi32(all, part[s][r]);
        sum[r] = (VI)all;
    }
}

template <int R>
INLINE void sums4(const uint8_t* w, const uint8_t* x, int stride, VI (&sum)[R]) {
    __m512i part[R] = {};
    const __m512i low = _mm512_set1_epi8(15);
    for (int c = 0; c < 4; ++c) {
        const __m512i both = _mm512_loadu_si512(w + 64 * c);
        _mm_prefetch((const char*)w + 64 * c + AHEAD, _MM_HINT_T0);
        const __m512i half[2] = {_mm512_and_si512(both, low), _mm512_and_si512(_mm512_srli_epi16(both, 4), low)};
        for (int r = 0; r < R; ++r)
            for (int h = 0; h < 2; ++h)
                part[r] = _mm512_dpbusd_epi32(part[r], half[h], _mm512_set1_epi32(quad(x + r * stride + 8 * c + 4 * h)));
    }
    for (int r = 0; r < R; ++r) sum[r] = (VI)part[r];
}

#elif defined(__AVX2__)

// |level| times the weight with the level's sign: pairs stay within sixteen bits, since neither goes beyond 127.
template <int R>
INLINE void sums8(const uint8_t* w, const int32_t*, int quads, const uint8_t* x, int stride, VI (&sum)[R]) {
    __m256i part[R][2] = {};
    const __m256i ones = _mm256_set1_epi16(1), zero = _mm256_set1_epi8(-128);
    for (int q = 0; q < quads; ++q)
        for (int half = 0; half < 2; ++half) {
            const __m256i weight = _mm256_loadu_si256((const __m256i*)(w + 64 * q + 32 * half));
            for (int r = 0; r < R; ++r) {
                const __m256i level = _mm256_xor_si256(_mm256_set1_epi32(quad(x + r * stride + 4 * q)), zero);
                const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(level), _mm256_sign_epi8(weight, level));
                part[r][half] = _mm256_add_epi32(part[r][half], _mm256_madd_epi16(pairs, ones));
            }
        }
    for (int r = 0; r < R; ++r) memcpy(&sum[r], part[r], sizeof sum[r]);
}

template <int R>
INLINE void sums4(const uint8_t* w, const uint8_t* x, int stride, VI (&sum)[R]) {
    __m256i part[R][2] = {};
    const __m256i ones = _mm256_set1_epi16(1), low = _mm256_set1_epi8(15);
    for (int c = 0; c < 4; ++c)
        for (int side = 0; side < 2; ++side) {
            const __m256i both = _mm256_loadu_si256((const __m256i*)(w + 64 * c + 32 * side));
            const __m256i half[2] = {_mm256_and_si256(both, low), _mm256_and_si256(_mm256_srli_epi16(both, 4), low)};
            for (int r = 0; r < R; ++r)
                for (int h = 0; h < 2; ++h) {
                    const __m256i level = _mm256_set1_epi32(quad(x + r * stride + 8 * c + 4 * h));
                    const __m256i pairs = _mm256_maddubs_epi16(half[h], level);
                    part[r][side] = _mm256_add_epi32(part[r][side], _mm256_madd_epi16(pairs, ones));
                }
        }
    for (int r = 0; r < R; ++r) memcpy(&sum[r], part[r], sizeof sum[r]);
}

#else

template <int R>
INLINE void sums8(const uint8_t* w, const int32_t*, int quads, const uint8_t* x, int stride, VI (&sum)[R]) {
    for (int r = 0; r < R; ++r) {
        int32_t part[WIDE] = {};
        for (int q = 0; q < quads; ++q)
            for (int o = 0; o < WIDE; ++o)
                for (int k = 0; k < 4; ++k) part[o] += (x[r * stride + 4 * q + k] - 128) * (int8_t)w[64 * q + 4 * o + k];
        memcpy(&sum[r], part, sizeof part);
    }
}

template <int R>
INLINE void sums4(const uint8_t* w, const uint8_t* x, int stride, VI (&sum)[R]) {
    for (int r = 0; r < R; ++r) {
        int32_t part[WIDE] = {};
        for (int c = 0; c < 4; ++c)
            for (int o = 0; o < WIDE; ++o)
                for (int k = 0; k < 4; ++k) {
                    const int both = w[64 * c + 4 * o + k];
                    const uint8_t* at = x + r * stride + 8 * c + k;
                    part[o] += (both & 15) * (int8_t)at[0] + (both >> 4) * (int8_t)at[4];
                }
        memcpy(&sum[r], part, sizeof part);
    }
}

#endif

INLINE V halves(const uint8_t* at) {  // sixteen floats of sixteen bits
#if defined(__AVX512F__)
    return (V)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i*)at));
#else
    V wide;
    float lane[WIDE];
    for (int o = 0; o < WIDE; ++o) {
        uint16_t h;
        memcpy(&h, at + 2 * o, 2);
        const float size = (h >> 10 & 31) ? std::ldexp((float)((h & 1023) | 1024), (h >> 10 & 31) - 25) : std::ldexp((float)(h & 1023), -24);
        lane[o] = h >> 15 ? -size : size;
    }
    memcpy(&wide, lane, sizeof wide);
    return wide;
#endif
}

// Sixteen outputs of R rows, not yet with a bias.
template <int R>
INLINE void block(const Map& map, const Levels& x, int at, int row, V (&y)[R]) {
    const uint8_t* level = x.level.data() + (size_t)row * x.stride;
    VI sum[R];
    if (map.bits == 8) {
        const int quads = x.stride / 4;
        sums8<R>(map.weight + (size_t)at * quads * 64, map.offset_O + at * WIDE, quads, level, x.stride, sum);
        for (int r = 0; r < R; ++r)
            y[r] = __builtin_convertvector(sum[r], V) * load(map.scale_O + at * WIDE) * all(x.scale[row + r]);
        return;
    }
    const int groups = map.inputs / GROUP;
    const uint8_t* w = map.weight + (size_t)at * groups * 320;
    for (int r = 0; r < R; ++r) y[r] = V{};
    for (int g = 0; g < groups; ++g, w += 320) {
        sums4<R>(w, level + g * GROUP, x.stride, sum);
        const V scale = halves(w + 256), least = halves(w + 288);
        for (int r = 0; r < R; ++r) {
            const int of = (row + r) * groups + g;
            y[r] = muladd(__builtin_convertvector(sum[r], V) * all(x.scale[of]), scale, y[r]);
            y[r] = muladd(all(x.sum[of]), least, y[r]);
        }
    }
}

template <int R>
void tile(const Map& map, const Levels& x, int at, int row, float* y_NO, bool add) {
    V y[R];
    block<R>(map, x, at, row, y);
    const int first = at * WIDE, count = map.outputs - first < WIDE ? map.outputs - first : WIDE;
    for (int r = 0; r < R; ++r) {
        float* to = y_NO + (size_t)(row + r) * map.outputs + first;
        float lane[WIDE];
        memcpy(lane, &y[r], sizeof lane);
        for (int o = 0; o < count; ++o) {
            const float biased = map.bias_O ? lane[o] + map.bias_O[first + o] : lane[o];
            to[o] = add ? to[o] + biased : biased;
        }
    }
}

// A thread's outputs of all rows: those of sixteen at a time, so that their weights are read once.
void apply(const Map& map, const Levels& x, int rows, float* y_NO, bool add, Share share) {
    const int blocks = (map.outputs + WIDE - 1) / WIDE;
    for (int at = share.begin(blocks); at < share.end(blocks); ++at)
        for (int row = 0; row < rows; row += TILE) switch (rows - row) {
            case 1: tile<1>(map, x, at, row, y_NO, add); break;
            case 2: tile<2>(map, x, at, row, y_NO, add); break;
            case 3: tile<3>(map, x, at, row, y_NO, add); break;
            case 4: tile<4>(map, x, at, row, y_NO, add); break;
            case 5: tile<5>(map, x, at, row, y_NO, add); break;
            case 6: tile<6>(map, x, at, row, y_NO, add); break;
            case 7: tile<7>(map, x, at, row, y_NO, add); break;
            default: tile<8>(map, x, at, row, y_NO, add);
            }
}

}  // namespace

// ---------------------------------------------------------------------------------------------- a step

extern "C" {
struct Layer {
    const float *attention_gain_D, *mlp_gain_D, *q_gain_E, *k_gain_E;  // the last two may be null
    Map qkv, out, gate_up, down;
    int32_t local, turns;
};

struct Model {
    const Layer* layers;
    const float* gain_D;
    Map head;
    int32_t count, width, heads, kv_heads, head_width, inner, pairs, window;
    float eps, scale;
};

struct Row {
    float* kv_L2GCE;
    int32_t positions, at;  // the room of the memory, and where in it the row's token stands
};
}

namespace {

// x / √(mean(x²) + ε) · gain: Zhang & Sennrich 2019 (arXiv:1910.07467), equation 4.
void normalise(const float* x, const float* gain, float eps, int n, float* y) {
    const float by = 1.0f / std::sqrt(dot(x, x, n) / (float)n + eps);
    for (int i = 0; i < n; ++i) y[i] = x[i] * by * gain[i];
}

// Su et al. 2021 (arXiv:2104.09864), section 3.2.2; channel i with channel F + i.
void turn(float* x_E, const float* cos_F, const float* sin_F, int F) {
    for (int i = 0; i < F; ++i) {
        const float a = x_E[i], b = x_E[F + i];
        x_E[i] = a * cos_F[i] - b * sin_F[i];
        x_E[F + i] = b * cos_F[i] + a * sin_F[i];
    }
}

// Σ of each of sixteen vectors: two become one, in which runs of 1, 2, 4, 8 lanes are theirs by turns.
struct Runs {
    alignas(64) int32_t front[4][WIDE], back[4][WIDE];
    constexpr Runs() : front(), back() {
        for (int n = 0; n < 4; ++n)
            for (int i = 0, run = 1 << n; i < WIDE; ++i) {
                front[n][i] = i / (2 * run) * 2 * run + i % run + i / run % 2 * WIDE;
                back[n][i] = front[n][i] + run;
            }
    }
};
constexpr Runs RUNS;

INLINE V totals(V (&x)[WIDE]) {
#ifdef __AVX512F__
    for (int n = 0; n < 4; ++n) {
        const __m512i front = _mm512_load_si512(RUNS.front[n]), back = _mm512_load_si512(RUNS.back[n]);
        for (int i = 0; i < WIDE >> (n + 1); ++i) {
            const __m512 a = (__m512)x[2 * i], b = (__m512)x[2 * i + 1];
            x[i] = (V)_mm512_add_ps(_mm512_permutex2var_ps(a, front, b), _mm512_permutex2var_ps(a, back, b));
        }
    }
    return x[0];
#else
    V sums{};
    for (int i = 0; i < WIDE; ++i) sums[i] = total(x[i]);
    return sums;
#endif
}

// q · k of up to sixteen keys, one below the other.
INLINE V scores(const float* q_E, const float* k_CE, int count, int E) {
    V part[WIDE] = {};
    for (int c = 0; c < count; ++c) {
        V sums{};
        for (int e = 0; e + WIDE <= E; e += WIDE) sums = muladd(load(q_E + e), load(k_CE + c * E + e), sums);
        part[c] = sums;
    }
    V sums = totals(part);
    for (int c = 0; c < count; ++c)
        for (int e = E / WIDE * WIDE; e < E; ++e) sums[c] += q_E[e] * k_CE[c * E + e];
    return sums;
}

// mixed += Σ w v over up to sixteen values, one after the other.
INLINE void mix(const float* w_C, const float* v_CE, int count, int E, float* mixed_E) {
    int e = 0;
    for (; e + 4 * WIDE <= E; e += 4 * WIDE) {
        V mixed[4];
        for (int i = 0; i < 4; ++i) mixed[i] = load(mixed_E + e + WIDE * i);
        for (int c = 0; c < count; ++c)
            for (int i = 0; i < 4; ++i) mixed[i] = muladd(all(w_C[c]), load(v_CE + c * E + e + WIDE * i), mixed[i]);
        for (int i = 0; i < 4; ++i) store(mixed_E + e + WIDE * i, mixed[i]);
    }
    for (; e < E; ++e)
        for (int c = 0; c < count; ++c) mixed_E[e] += w_C[c] * v_CE[c * E + e];
}

// R queries that share their `count` keys: Vaswani et al. 2017 (arXiv:1706.03762), equation 1. Sixteen keys are gone over
// by all of them while they are near. FIXED: a head's width where it is known beforehand.
template <int FIXED>
void attend(const float* q_RE, int R, const float* k_CE, const float* v_CE, int count, int width, float scale,
            std::vector<float>& w_RC, float* mixed_RE) {
    const int E = FIXED ? FIXED : width;
    const int C = (count + WIDE - 1) / WIDE * WIDE;
    w_RC.resize((size_t)R * C);
    const auto tile = [&](int c) { return count - c < WIDE ? count - c : WIDE; };
    for (int c = 0; c < count; c += WIDE)
        for (int r = 0; r < R; ++r) {
            V sums = scores(q_RE + r * E, k_CE + (size_t)c * E, tile(c), E) * scale;
            for (int i = tile(c); i < WIDE; ++i) sums[i] = -INFINITY;
            store(&w_RC[(size_t)r * C + c], sums);
        }
    for (int r = 0; r < R; ++r) {
        float *w_C = &w_RC[(size_t)r * C], most = -INFINITY;
        for (int c = 0; c < C; ++c) most = w_C[c] > most ? w_C[c] : most;
        V sums{};
        for (int c = 0; c < C; c += WIDE) {
            const V away = load(w_C + c) - most, p = away < all(-87.0f) ? V{} : exponential(away);
            store(w_C + c, p);
            sums += p;
        }
        const float by = 1.0f / total(sums);
        for (int c = 0; c < C; ++c) w_C[c] *= by;
    }
    memset(mixed_RE, 0, (size_t)R * E * sizeof(float));
    for (int c = 0; c < count; c += WIDE)
        for (int r = 0; r < R; ++r)
            mix(&w_RC[(size_t)r * C + c], v_CE + (size_t)c * E, tile(c), E, mixed_RE + r * E);
}

// gate / (1 + e^-gate) · up (Shazeer 2020, arXiv:2002.05202, equation 5).
void gated(const float* gate, const float* up, int n, float* y) {
    float g[WIDE], u[WIDE];
    for (int i = 0; i < n; i += WIDE) {
        const int count = n - i < WIDE ? n - i : WIDE;
        if (count < WIDE) memset(g, 0, sizeof g), memset(u, 0, sizeof u);
        memcpy(g, gate + i, count * sizeof(float)), memcpy(u, up + i, count * sizeof(float));
        const V x = load(g);
        store(g, x / (1.0f + exponential(-x)) * load(u));
        memcpy(y + i, g, count * sizeof(float));
    }
}

struct Step {  // what the threads of a step share
    const Model& m;
    int rows;
    const Row* row;
    const float* turns;  // (2, 2, N, F): for everywhere and nearby, cosines and sines
    float *h_ND, *logits_NV;
    std::vector<float> qkv, mixed, gate_up;
};

struct Worker {
    Step& s;
    Share share;
    Levels levels;
    std::vector<float> x, weights;

    void normed(const Map& map, const float* gain) {  // each thread for itself: quicker than waiting for each other
        const int D = s.m.width;
        x.resize((size_t)s.rows * D);
        for (int n = 0; n < s.rows; ++n) normalise(s.h_ND + (size_t)n * D, gain, s.m.eps, D, &x[(size_t)n * D]);
        quantise(map, x.data(), s.rows, levels);
    }

    // Queries and keys normalised and turned, keys and values into the memory.
    void remember(const Layer& layer, int number) {
        const Model& m = s.m;
        const int E = m.head_width, H = m.heads, G = m.kv_heads, heads = H + 2 * G;
        for (int item = share.begin(s.rows * heads); item < share.end(s.rows * heads); ++item) {
            const int n = item / heads, head = item % heads;
            float* x_E = &s.qkv[(size_t)item * E];
            const float* gain = head < H ? layer.q_gain_E : head < H + G ? layer.k_gain_E : nullptr;
            if (gain) normalise(x_E, gain, m.eps, E, x_E);
            if (layer.turns && head < H + G) {
                const float* cos = s.turns + ((size_t)layer.local * 2 * s.rows + n) * m.pairs;
                turn(x_E, cos, cos + (size_t)s.rows * m.pairs, m.pairs);
            }
            const Row& row = s.row[n];
            const size_t kept = (size_t)(2 * number * G + head - H) * row.positions + row.at;
            if (head >= H) memcpy(row.kv_L2GCE + kept * E, x_E, E * sizeof(float));
        }
    }

    void look(const Layer& layer, int number) {
        const Model& m = s.m;
        const int E = m.head_width, G = m.kv_heads, R = m.heads / G;
        for (int item = share.begin(s.rows * G); item < share.end(s.rows * G); ++item) {
            const int n = item / G, group = item % G;
            const Row& row = s.row[n];
            const int first = layer.local && row.at + 1 > m.window ? row.at + 1 - m.window : 0;
            const size_t k = ((size_t)(2 * number * G + group) * row.positions + first) * E;
            const size_t v = k + (size_t)G * row.positions * E;
            const float* q_RE = &s.qkv[((size_t)n * (m.heads + 2 * G) + group * R) * E];
            const auto attended = E == 64 ? attend<64> : E == 128 ? attend<128> : attend<0>;
            attended(q_RE, R, row.kv_L2GCE + k, row.kv_L2GCE + v, row.at + 1 - first, E, m.scale, weights,
                     &s.mixed[(size_t)item * R * E]);
        }
    }

    void run() {
        const Model& m = s.m;
        for (int number = 0; number < m.count; ++number) {
            const Layer& layer = m.layers[number];
            normed(layer.qkv, layer.attention_gain_D);
            apply(layer.qkv, levels, s.rows, s.qkv.data(), false, share);
#pragma omp barrier
            remember(layer, number);
#pragma omp barrier
            look(layer, number);
#pragma omp barrier
            quantise(layer.out, s.mixed.data(), s.rows, levels);
            apply(layer.out, levels, s.rows, s.h_ND, true, share);
#pragma omp barrier
            normed(layer.gate_up, layer.mlp_gain_D);
            apply(layer.gate_up, levels, s.rows, s.gate_up.data(), false, share);
#pragma omp barrier
            const int inner = m.inner;
            x.resize((size_t)s.rows * inner);
            for (int n = 0; n < s.rows; ++n) {
                const float* gate = &s.gate_up[(size_t)n * 2 * inner];
                gated(gate, gate + inner, inner, &x[(size_t)n * inner]);
            }
            quantise(layer.down, x.data(), s.rows, levels);
            apply(layer.down, levels, s.rows, s.h_ND, true, share);
#pragma omp barrier
        }
        normed(m.head, m.gain_D);
        apply(m.head, levels, s.rows, s.logits_NV, false, share);
    }
};

INLINE Share mine() {
#ifdef _OPENMP
    return {omp_get_thread_num(), omp_get_num_threads()};
#else
    return {0, 1};
#endif
}

}  // namespace

extern "C" {

// Of the source that this was made from, so that a library of another state of it is not used.
uint32_t anew_source() { return SOURCE; }

// The best kind of library that this processor runs.
const char* anew_kind() {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        return "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "avx2";
#endif
    return "plain";
}

// Weights (O, K) as a `Map` of eight bits has them, and its offsets. What is filled up stays the zeros that it was.
void anew_lay_out(const int8_t* weight_OK, int O, int K, uint8_t* to, int32_t* offset_O) {
    const int quads = (K + WIDE - 1) / WIDE * 4;
    for (int o = 0; o < O; ++o) {
        const int8_t* from = weight_OK + (size_t)o * K;
        uint8_t* at = to + ((size_t)(o / WIDE) * quads * WIDE + o % WIDE) * 4;
        int32_t sum = 0;
        for (int k = 0; k < K; ++k) sum += from[k];
        for (int k = 0; k < K; k += 4) memcpy(at + k * WIDE, from + k, K - k < 4 ? K - k : 4);
        offset_O[o] = -128 * sum;
    }
}

// y (N, O) of x (N, K).
void anew_map(const Map* map, int rows, const float* x_NK, float* y_NO, int threads) {
#pragma omp parallel num_threads(threads)
    {
        Levels levels;
        quantise(*map, x_NK, rows, levels);
        apply(*map, levels, rows, y_NO, false, mine());
    }
}

// Logits after each row's token, whose stream before the first block is h; h is written over.
void anew_step(const Model* model, int rows, const Row* row, const float* turns, float* h_ND, float* logits_NV, int threads) {
    const size_t heads = (size_t)rows * model->head_width;
    Step step{*model, rows, row, turns, h_ND, logits_NV, std::vector<float>(heads * (model->heads + 2 * model->kv_heads)),
              std::vector<float>(heads * model->heads), std::vector<float>((size_t)rows * 2 * model->inner)};
#pragma omp parallel num_threads(threads)
    {
        Worker worker{step, mine(), {}, {}, {}};
        worker.run();
    }
}
}
