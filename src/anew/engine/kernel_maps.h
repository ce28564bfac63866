// Vectors of floats, and linear maps in eight bits for rows that do not know each other.
//
// In: rows of floats. Out: rows of floats, to the bit those that int8.py gives. Used by kernel.cpp alone, which says how
// it is compiled.
//
// N rows · R rows of a tile · K inputs · O outputs

#pragma once

#include <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#define INLINE static inline __attribute__((always_inline))

namespace {

constexpr int WIDE = 16;     // outputs that are computed together
constexpr int TILE = 8;      // rows that share a weight while it is in a register
constexpr int AHEAD = 4096;  // bytes of weights to ask memory for before they are needed
#ifdef __AVX512F__
constexpr int LANES = 16;  // floats of a vector
#else
constexpr int LANES = 8;
#endif
typedef float V __attribute__((vector_size(4 * LANES)));
typedef int32_t VI __attribute__((vector_size(4 * LANES)));
typedef float VU __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE V load(const float* at) { return *reinterpret_cast<const VU*>(at); }
INLINE void store(float* at, V x) { *reinterpret_cast<VU*>(at) = x; }
INLINE V all(float x) { return V{} + x; }

INLINE V muladd(V a, V b, V c) {
#ifdef __AVX512F__
    return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#else
    return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#endif
}

INLINE float total(V x) {
    float lane[LANES];
    memcpy(lane, &x, sizeof lane);
    for (int half = LANES / 2; half; half /= 2)
        for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
    return lane[0];
}

INLINE float dot(const float* a, const float* b, int n) {
    V sums{};
    int i = 0;
    for (; i + LANES <= n; i += LANES) sums = muladd(load(a + i), load(b + i), sums);
    float sum = total(sums);
    for (; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

INLINE float highest(V x) {
    float found = x[0];
    for (int lane = 1; lane < LANES; ++lane) found = x[lane] > found ? x[lane] : found;
    return found;
}

// max |x|
INLINE float largest(const float* x, int n) {
    V most{};
    int i = 0;
    for (; i + LANES <= n; i += LANES) {
        V a = load(x + i), b = -a;
        a = a > b ? a : b;
        most = most > a ? most : a;
    }
    float found = highest(most);
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
// Weights (O/16, K/4, 16, 4), filled up with zeros; scale and offset (-128 Σ w) an output; `bias_O` may be null.
struct Map {
    const uint8_t* weight;
    const float* scale_O;
    const int32_t* offset_O;
    const float* bias_O;
    int32_t inputs, outputs;
};
}

namespace {

struct Share {  // a thread's part of the work
    int index, of;
    int begin(int all) const { return (int)((int64_t)all * index / of); }
    int end(int all) const { return (int)((int64_t)all * (index + 1) / of); }
};

struct Levels {  // rows as a map takes them: 1 .. 255 about 128, and a scale a row
    int stride = 0;
    std::vector<uint8_t> level;
    std::vector<float> scale;
};

// As `quantised_tokens` in int8.py, operation by operation.
void quantise(const float* x_NK, int rows, int K, Levels& to) {
    to.stride = (K + WIDE - 1) / WIDE * WIDE;
    to.level.resize((size_t)rows * to.stride), to.scale.resize(rows);
    for (int n = 0; n < rows; ++n) {
        const float* x = x_NK + (size_t)n * K;
        const float scale = to.scale[n] = std::fmax(largest(x, K) * (1.0f / 127), 1e-30f);
        uint8_t* level = &to.level[(size_t)n * to.stride];
        for (int k = 0; k < K; ++k) level[k] = (uint8_t)(int32_t)(x[k] / scale + 128.5f);
    }
}

INLINE int32_t quad(const uint8_t* at) {
    int32_t four;
    memcpy(&four, at, 4);
    return four;
}

// Σ level · weight of sixteen outputs, R rows at a time; levels about zero, so that `offset` is what unsigned ones add.
#ifdef __AVX512VNNI__

template <int R>
INLINE void sums(const uint8_t* w, const int32_t* offset, int quads, const uint8_t* x, int stride,
                 int32_t (&sum)[R][WIDE]) {
    constexpr int S = R == 1 ? 4 : R <= 3 ? 2 : 1;  // sums beside each other, since each waits for the one before
    __m512i part[S][R] = {};
    for (int q = 0; q < quads; q += 4)  // whole sixteens of inputs
        for (int s = 0; s < 4; ++s) {
            const __m512i weight = _mm512_loadu_si512(w + 64 * (q + s));
            _mm_prefetch((const char*)w + 64 * (q + s) + AHEAD, _MM_HINT_T0);
            for (int r = 0; r < R; ++r)
                part[s % S][r] = _mm512_dpbusd_epi32(
                    part[s % S][r], _mm512_set1_epi32(quad(x + r * stride + 4 * (q + s))), weight);
        }
    for (int r = 0; r < R; ++r) {
        __m512i all = _mm512_loadu_si512(offset);
        for (int s = 0; s < S; ++s) all = _mm512_add_epi32(all, part[s][r]);
        _mm512_store_si512(sum[r], all);
    }
}

#else

// |level| times the weight with the level's sign: pairs stay within sixteen bits, since neither goes beyond 127.
template <int R>
INLINE void sums(const uint8_t* w, const int32_t*, int quads, const uint8_t* x, int stride, int32_t (&sum)[R][WIDE]) {
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
    for (int r = 0; r < R; ++r) memcpy(sum[r], part[r], sizeof sum[r]);
}

#endif

// Sixteen outputs of R rows, scaled in the order in which int8.py does it.
template <int R>
void tile(const Map& map, const Levels& x, int at, int row, float* y_NO, bool add) {
    const int first = at * WIDE, count = map.outputs - first < WIDE ? map.outputs - first : WIDE;
    const uint8_t *w = map.weight + (size_t)first * x.stride, *level = &x.level[(size_t)row * x.stride];
    alignas(64) int32_t sum[R][WIDE];
    sums<R>(w, map.offset_O + first, x.stride / 4, level, x.stride, sum);
    for (int r = 0; r < R; ++r) {
        float y[WIDE], *to = y_NO + (size_t)(row + r) * map.outputs + first;
        for (int o = 0; o < WIDE; ++o) y[o] = (float)sum[r][o] * map.scale_O[first + o] * x.scale[row + r];
        for (int o = 0; o < count; ++o) {
            const float biased = map.bias_O ? y[o] + map.bias_O[first + o] : y[o];
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
