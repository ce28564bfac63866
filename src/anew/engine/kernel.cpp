// One step of a Llama-like decoder for up to sixteen rows, all layers in one call: what a row gets depends on itself
// alone, not on the rows beside it and not on the number of threads.
//
// In: the stream of each row's newest token, and where each row's keys and values lie. Out: logits; keys and values are
// written into the memories. A plain C interface, called by ctypes (kernel.py): no header of torch's or Python's.
//
// It is compiled once for each kind of x86 processor (AVX2; AVX-512 with VNNI), into a library of its own; kernel.py loads
// the best that runs. -ffp-contract=off: a product is fused into a sum only where `muladd` says so, the same for any
// number of rows.
//
// N rows · K inputs · O outputs · D width · H heads · G key-value heads · R heads that share keys · E head width ·
// C positions · F turned pairs

#include "kernel_maps.h"

#ifdef _OPENMP
#include <omp.h>
#endif

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

INLINE void totals(V (&x)[WIDE], float* sum) {
#ifdef __AVX512F__
    for (int n = 0; n < 4; ++n) {
        const __m512i front = _mm512_load_si512(RUNS.front[n]), back = _mm512_load_si512(RUNS.back[n]);
        for (int i = 0; i < WIDE >> (n + 1); ++i) {
            const __m512 a = (__m512)x[2 * i], b = (__m512)x[2 * i + 1];
            x[i] = (V)_mm512_add_ps(_mm512_permutex2var_ps(a, front, b), _mm512_permutex2var_ps(a, back, b));
        }
    }
    store(sum, x[0]);
#else
    for (int i = 0; i < WIDE; ++i) sum[i] = total(x[i]);
#endif
}

// q · k · scale of up to sixteen keys, one below the other; what is beyond them counts for nothing.
INLINE void scores(const float* q_E, const float* k_CE, int count, int E, float scale, float* w_C) {
    V part[WIDE] = {};
    for (int c = 0; c < count; ++c) {
        V sums{};
        for (int e = 0; e + LANES <= E; e += LANES) sums = muladd(load(q_E + e), load(k_CE + c * E + e), sums);
        part[c] = sums;
    }
    totals(part, w_C);
    for (int c = 0; c < count; ++c) {
        for (int e = E / LANES * LANES; e < E; ++e) w_C[c] += q_E[e] * k_CE[c * E + e];
        w_C[c] *= scale;
    }
    for (int c = count; c < WIDE; ++c) w_C[c] = -INFINITY;
}

// mixed += Σ w v over up to sixteen values, one after the other.
INLINE void mix(const float* w_C, const float* v_CE, int count, int E, float* mixed_E) {
    int e = 0;
    for (; e + 4 * LANES <= E; e += 4 * LANES) {
        V mixed[4];
        for (int i = 0; i < 4; ++i) mixed[i] = load(mixed_E + e + LANES * i);
        for (int c = 0; c < count; ++c)
            for (int i = 0; i < 4; ++i) mixed[i] = muladd(all(w_C[c]), load(v_CE + c * E + e + LANES * i), mixed[i]);
        for (int i = 0; i < 4; ++i) store(mixed_E + e + LANES * i, mixed[i]);
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
    const auto left = [&](int c) { return count - c < WIDE ? count - c : WIDE; };
    for (int c = 0; c < count; c += WIDE)
        for (int r = 0; r < R; ++r)
            scores(q_RE + r * E, k_CE + (size_t)c * E, left(c), E, scale, &w_RC[(size_t)r * C + c]);
    for (int r = 0; r < R; ++r) {
        float* w_C = &w_RC[(size_t)r * C];
        V tops = load(w_C), sums{};
        for (int c = LANES; c < C; c += LANES) tops = load(w_C + c) > tops ? load(w_C + c) : tops;
        const float most = highest(tops);
        for (int c = 0; c < C; c += LANES) {
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
            mix(&w_RC[(size_t)r * C + c], v_CE + (size_t)c * E, left(c), E, mixed_RE + r * E);
}

// gate / (1 + e^-gate) · up (Shazeer 2020, arXiv:2002.05202, equation 5).
void gated(const float* gate, const float* up, int n, float* y) {
    float g[LANES], u[LANES];
    for (int i = 0; i < n; i += LANES) {
        const int count = n - i < LANES ? n - i : LANES;
        if (count < LANES) memset(g, 0, sizeof g), memset(u, 0, sizeof u);
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

    void normed(const float* gain) {  // each thread for itself: quicker than waiting for each other
        const int D = s.m.width;
        x.resize((size_t)s.rows * D);
        for (int n = 0; n < s.rows; ++n) normalise(s.h_ND + (size_t)n * D, gain, s.m.eps, D, &x[(size_t)n * D]);
        quantise(x.data(), s.rows, D, levels);
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
            normed(layer.attention_gain_D);
            apply(layer.qkv, levels, s.rows, s.qkv.data(), false, share);
#pragma omp barrier
            remember(layer, number);
#pragma omp barrier
            look(layer, number);
#pragma omp barrier
            quantise(s.mixed.data(), s.rows, m.heads * m.head_width, levels);
            apply(layer.out, levels, s.rows, s.h_ND, true, share);
#pragma omp barrier
            normed(layer.mlp_gain_D);
            apply(layer.gate_up, levels, s.rows, s.gate_up.data(), false, share);
#pragma omp barrier
            const int inner = m.inner;
            x.resize((size_t)s.rows * inner);
            for (int n = 0; n < s.rows; ++n) {
                const float* gate = &s.gate_up[(size_t)n * 2 * inner];
                gated(gate, gate + inner, inner, &x[(size_t)n * inner]);
            }
            quantise(x.data(), s.rows, inner, levels);
            apply(layer.down, levels, s.rows, s.h_ND, true, share);
#pragma omp barrier
        }
        normed(m.gain_D);
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

// Whether this processor has what the library was compiled for.
int anew_runs() {
    __builtin_cpu_init();
#ifdef __AVX512F__
    if (!__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return 0;
#endif
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

// Weights (O, K) as a `Map` has them, and its offsets. What is filled up stays the zeros that it was.
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
        quantise(x_NK, rows, map->inputs, levels);
        apply(*map, levels, rows, y_NO, false, mine());
    }
}

// Logits after each row's token, whose stream before the first block is h; h is written over.
void anew_step(const Model* model, int rows, const Row* row, const float* turns, float* h_ND, float* logits_NV,
               int threads) {
    const size_t N = rows, E = model->head_width, H = model->heads, G = model->kv_heads;
    Step step{*model, rows, row, turns, h_ND, logits_NV, std::vector<float>(N * (H + 2 * G) * E),
              std::vector<float>(N * H * E), std::vector<float>(N * 2 * model->inner)};
#pragma omp parallel num_threads(threads)
    {
        Worker worker{step, mine(), {}, {}, {}};
        worker.run();
    }
}
}
