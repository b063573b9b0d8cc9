/// What llama-quantize reports for models of many shapes, made by `Tests/Fixtures/mix-formats.py`.
///
/// A line that starts with `model` gives architecture, layers, query heads, key and value heads, experts, output,
/// columns, columns of the down projection, and guidance; it holds for the lines that follow. Each of those gives a mix
/// and, for each tensor name, its types from the first layer to the last; `same` is a tensor left as it was. With
/// importance, only mixes are listed that differ from those without.
enum LlamaQuantizeChoices {
  static let lines = """
    model llama 6 8 4 0 tied 256 768 none
    q1_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq1_0; attn_norm 6xsame
    iq1_s: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q,ffn_down,ffn_gate,ffn_up 6xiq1_s; attn_norm 6xsame; attn_output 6xiq2_xxs; attn_v 6xq2_k
    iq1_m: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q,ffn_down,ffn_gate,ffn_up 6xiq1_m; attn_norm 6xsame; attn_output 6xiq2_xxs; attn_v 6xq2_k
    iq2_xxs: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 6xiq2_xxs; attn_norm 6xsame; attn_v 6xq2_k
    iq2_xs: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 6xiq2_xs; attn_norm 6xsame; attn_v 6xq2_k
    q2_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq2_0; attn_norm 6xsame
    iq2_s: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q,ffn_down,ffn_gate,ffn_up 6xiq2_xs; attn_norm 6xsame; attn_output,attn_v 6xiq3_s
    iq2_m: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q,ffn_down,ffn_gate,ffn_up 6xiq2_s; attn_norm 6xsame; attn_output,attn_v 6xiq3_s
    iq3_xxs: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q 6xiq2_s; attn_norm 6xsame; attn_output,attn_v 6xiq3_s; ffn_down 6xq3_k; ffn_gate,ffn_up 6xiq3_xxs
    iq3_xs: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_q 6xiq3_xxs; attn_norm 6xsame; attn_output,attn_v,ffn_down 6xiq3_s; ffn_gate,ffn_up 5xiq3_xxs 1xiq3_s
    iq3_s: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xiq3_s; attn_norm 6xsame
    iq3_m: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_q,ffn_down,ffn_gate,ffn_up 6xiq3_s; attn_norm 6xsame; attn_output,attn_v 6xq4_k
    q2_k_s: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq2_k; attn_norm 6xsame
    q2_k: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_q,ffn_gate,ffn_up 6xq2_k; attn_norm 6xsame; attn_output,attn_v,ffn_down 6xq3_k
    q3_k_s: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq3_k; attn_norm 6xsame
    q3_k_m: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_q,ffn_gate,ffn_up 6xq3_k; attn_norm 6xsame; attn_output,ffn_down 6xq4_k; attn_v 2xq5_k 4xq4_k
    q3_k_l: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_q,ffn_gate,ffn_up 6xq3_k; attn_norm 6xsame; attn_output,attn_v,ffn_down 6xq5_k
    iq4_xs: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xiq4_xs; attn_norm 6xsame
    iq4_nl: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xiq4_nl; attn_norm 6xsame
    q4_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq4_0; attn_norm 6xsame
    q4_1: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq4_1; attn_norm 6xsame
    q4_k_s: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 6xq4_k; attn_norm 6xsame; attn_v 4xq5_k 2xq4_k
    q4_k_m: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 6xq4_k; attn_norm 6xsame; attn_v,ffn_down 2xq4_k 1xq6_k 2xq4_k 1xq6_k
    q5_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq5_0; attn_norm 6xsame
    q5_1: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq5_1; attn_norm 6xsame
    q5_k_s: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq5_k; attn_norm 6xsame
    q5_k_m: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 6xq5_k; attn_norm 6xsame; attn_v,ffn_down 2xq5_k 1xq6_k 2xq5_k 1xq6_k
    q6_k: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq6_k; attn_norm 6xsame
    q8_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xq8_0; attn_norm 6xsame
    tq1_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xtq1_0; attn_norm 6xsame
    tq2_0: output_norm 1xsame; token_embd 1xq6_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 6xtq2_0; attn_norm 6xsame
    model llama 6 8 4 0 tied 256 768 importance
    iq3_xxs: output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_q 6xiq2_s; attn_norm 6xsame; attn_output 6xiq3_s; attn_v,ffn_down,ffn_gate,ffn_up 6xiq3_xxs
    model llama 5 8 4 0 tied 64 172 none
    iq1_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame; attn_v 5xq4_0
    iq1_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame; attn_v 5xq4_0
    iq2_xxs: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame; attn_v 5xq4_0
    iq2_xs: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame; attn_v 5xq4_0
    q2_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq2_0; attn_norm,ffn_down 5xsame
    iq2_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq2_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq3_xxs: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq3_xs: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq3_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq3_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_q,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame; attn_output,attn_v 5xq5_0
    q2_k_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    q2_k: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    q3_k_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    q3_k_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_q,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame; attn_output 5xq5_0; attn_v 2xq5_1 3xq5_0
    q3_k_l: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_q,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame; attn_output,attn_v 5xq5_1
    iq4_xs: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    iq4_nl: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xiq4_nl; attn_norm,ffn_down 5xsame
    q4_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    q4_1: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_1; attn_norm,ffn_down 5xsame
    q4_k_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xq5_0; attn_norm,ffn_down 5xsame; attn_v 4xq5_1 1xq5_0
    q4_k_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xq5_0; attn_norm,ffn_down 5xsame; attn_v 2xq5_0 1xq8_0 1xq5_0 1xq8_0
    q5_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq5_0; attn_norm,ffn_down 5xsame
    q5_1: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq5_1; attn_norm,ffn_down 5xsame
    q5_k_s: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq5_1; attn_norm,ffn_down 5xsame
    q5_k_m: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 5xq5_1; attn_norm,ffn_down 5xsame; attn_v 2xq5_1 1xq8_0 1xq5_1 1xq8_0
    q6_k: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq8_0; attn_norm,ffn_down 5xsame
    q8_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq8_0; attn_norm,ffn_down 5xsame
    tq1_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    tq2_0: output_norm 1xsame; token_embd 1xq8_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 5xq4_0; attn_norm,ffn_down 5xsame
    model llama 5 8 4 0 tied 64 172 importance
    model llama 8 8 8 0 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq1_0; attn_norm 8xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 8xiq1_s; attn_norm 8xsame; attn_output 8xiq2_xxs; attn_v 8xq2_k; ffn_down 1xq2_k 7xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 8xiq1_m; attn_norm 8xsame; attn_output 8xiq2_xxs; attn_v 8xq2_k; ffn_down 1xq2_k 7xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq2_xxs; attn_norm 8xsame; attn_v 8xq2_k; ffn_down 1xq2_k 7xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq2_xs; attn_norm 8xsame; attn_v 8xq2_k; ffn_down 1xq2_k 7xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq2_0; attn_norm 8xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 8xiq2_xs; attn_norm 8xsame; attn_output,attn_v 8xiq3_s; ffn_down 1xiq3_s 7xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 8xiq2_s; attn_norm 8xsame; attn_output,attn_v 8xiq3_s; ffn_down 1xiq3_s 7xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 8xiq2_s; attn_norm 8xsame; attn_output,attn_v 8xiq3_s; ffn_down 1xq4_k 7xq3_k; ffn_gate,ffn_up 8xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 8xiq3_xxs; attn_norm 8xsame; attn_output,attn_v,ffn_down 8xiq3_s; ffn_gate,ffn_up 1xiq3_s 6xiq3_xxs 1xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq3_s; attn_norm 8xsame
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 8xiq3_s; attn_norm 8xsame; attn_output,attn_v 8xq4_k; ffn_down 1xq4_k 7xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq2_k; attn_norm 8xsame; ffn_down 1xq4_k 7xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 8xq2_k; attn_norm 8xsame; attn_output,attn_v,ffn_down 8xq3_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq3_k; attn_norm 8xsame
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 8xq3_k; attn_norm 8xsame; attn_output,ffn_down 8xq4_k; attn_v 2xq5_k 6xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 8xq3_k; attn_norm 8xsame; attn_output,attn_v,ffn_down 8xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xiq4_xs; attn_norm 8xsame; ffn_down 1xq5_k 7xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; ffn_down 1xq5_k 7xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_1; attn_norm 8xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq4_k; attn_norm 8xsame; attn_v 4xq5_k 4xq4_k; ffn_down 1xq5_k 7xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq4_k; attn_norm 8xsame; attn_v,ffn_down 1xq6_k 2xq4_k 1xq6_k 2xq4_k 2xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_1; attn_norm 8xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_k; attn_norm 8xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq5_k; attn_norm 8xsame; attn_v,ffn_down 1xq6_k 2xq5_k 1xq6_k 2xq5_k 2xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq6_k; attn_norm 8xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq8_0; attn_norm 8xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xtq1_0; attn_norm 8xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xtq2_0; attn_norm 8xsame
    model llama 8 8 8 0 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 8xiq2_s; attn_norm 8xsame; attn_output 8xiq3_s; attn_v,ffn_down,ffn_gate,ffn_up 8xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_xs; attn_norm 8xsame
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; ffn_down 1xq4_1 7xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame; ffn_down 1xq5_1 7xq5_0
    model llama 32 32 8 0 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq1_0; attn_norm 32xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 32xiq1_s; attn_norm 32xsame; attn_output 32xiq2_xxs; attn_v 32xq4_k; ffn_down 4xq2_k 28xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 32xiq1_m; attn_norm 32xsame; attn_output 32xiq2_xxs; attn_v 32xq4_k; ffn_down 4xq2_k 28xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xiq2_xxs; attn_norm 32xsame; attn_v 32xq4_k; ffn_down 4xq2_k 28xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xiq2_xs; attn_norm 32xsame; attn_v 32xq4_k; ffn_down 4xq2_k 28xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq2_0; attn_norm 32xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 32xiq2_xs; attn_norm 32xsame; attn_output 32xiq3_s; attn_v 32xq4_k; ffn_down 4xiq3_s 28xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 32xiq2_s; attn_norm 32xsame; attn_output 32xiq3_s; attn_v 32xq4_k; ffn_down 4xiq3_s 28xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 32xiq2_s; attn_norm 32xsame; attn_output 32xiq3_s; attn_v 32xq4_k; ffn_down 4xq4_k 28xq3_k; ffn_gate,ffn_up 32xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 32xiq3_xxs; attn_norm 32xsame; attn_output,ffn_down 32xiq3_s; attn_v 32xq4_k; ffn_gate,ffn_up 4xiq3_s 24xiq3_xxs 4xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xiq3_s; attn_norm 32xsame; attn_v 32xq4_k
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 32xiq3_s; attn_norm 32xsame; attn_output,attn_v 32xq4_k; ffn_down 4xq4_k 28xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xq2_k; attn_norm 32xsame; attn_v 32xq4_k; ffn_down 4xq4_k 28xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 32xq2_k; attn_norm 32xsame; attn_output,ffn_down 32xq3_k; attn_v 32xq4_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq3_k; attn_norm 32xsame
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 32xq3_k; attn_norm 32xsame; attn_output 32xq4_k; attn_v,ffn_down 2xq5_k 30xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 32xq3_k; attn_norm 32xsame; attn_output,attn_v,ffn_down 32xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xiq4_xs; attn_norm 32xsame; attn_v 32xq5_k; ffn_down 4xq5_k 28xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xiq4_nl; attn_norm 32xsame; attn_v 32xq5_k; ffn_down 4xq5_k 28xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq4_0; attn_norm 32xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq4_1; attn_norm 32xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xq4_k; attn_norm 32xsame; attn_v,ffn_down 4xq5_k 28xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xq4_k; attn_norm 32xsame; attn_v,ffn_down 4xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 5xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq5_0; attn_norm 32xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq5_1; attn_norm 32xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq5_k; attn_norm 32xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 32xq5_k; attn_norm 32xsame; attn_v,ffn_down 4xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 5xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq6_k; attn_norm 32xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq8_0; attn_norm 32xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xtq1_0; attn_norm 32xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xtq2_0; attn_norm 32xsame
    model llama 32 32 8 0 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 32xiq2_s; attn_norm 32xsame; attn_output 32xiq3_s; attn_v 32xq4_k; ffn_down,ffn_gate,ffn_up 32xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xiq4_xs; attn_norm 32xsame; attn_v 32xq5_k
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xiq4_nl; attn_norm 32xsame; attn_v 32xq5_k
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 32xq4_0; attn_norm 32xsame; ffn_down 4xq4_1 28xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 32xq5_0; attn_norm 32xsame; ffn_down 4xq5_1 28xq5_0
    model llama 80 64 8 0 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq1_0; attn_norm 80xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_s; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_m; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xxs; attn_norm 80xsame; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq2_0; attn_norm 80xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq4_k; ffn_down 10xiq3_s 70xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq4_k; ffn_down 10xiq3_s 70xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq5_k; ffn_down 10xq4_k 70xq3_k; ffn_gate,ffn_up 80xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq3_xxs; attn_norm 80xsame; attn_output,ffn_down 80xiq3_s; attn_v 80xq5_k; ffn_gate,ffn_up 10xiq3_s 60xiq3_xxs 10xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame; attn_v 80xq5_k
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame; attn_output 80xq4_k; attn_v 80xq5_k; ffn_down 10xq4_k 70xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq4_k 70xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; attn_output,ffn_down 80xq3_k; attn_v 80xq5_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_v 80xq5_k
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output 80xq4_k; attn_v 80xq5_k; ffn_down 5xq5_k 75xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output,attn_v,ffn_down 80xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_1; attn_norm 80xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v 10xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 11xq6_k; ffn_down 10xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 11xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_1; attn_norm 80xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame; attn_v,ffn_down 10xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 11xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq6_k; attn_norm 80xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq8_0; attn_norm 80xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq1_0; attn_norm 80xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq2_0; attn_norm 80xsame
    model llama 80 64 8 0 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq5_k; ffn_down,ffn_gate,ffn_up 80xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame; attn_v 80xq5_k
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame; attn_v 80xq5_k
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame; ffn_down 10xq4_1 70xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame; ffn_down 10xq5_1 70xq5_0
    model llama 80 64 64 0 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq1_0; attn_norm 80xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_s; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq2_k; ffn_down 10xq2_k 70xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_m; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq2_k; ffn_down 10xq2_k 70xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xxs; attn_norm 80xsame; attn_v 80xq2_k; ffn_down 10xq2_k 70xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_v 80xq2_k; ffn_down 10xq2_k 70xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq2_0; attn_norm 80xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_output,attn_v 80xiq3_s; ffn_down 10xiq3_s 70xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_s; attn_norm 80xsame; attn_output,attn_v 80xiq3_s; ffn_down 10xiq3_s 70xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output,attn_v 80xiq3_s; ffn_down 10xq4_k 70xq3_k; ffn_gate,ffn_up 80xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq3_xxs; attn_norm 80xsame; attn_output,attn_v,ffn_down 80xiq3_s; ffn_gate,ffn_up 10xiq3_s 60xiq3_xxs 10xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame; attn_output,attn_v 80xq4_k; ffn_down 10xq4_k 70xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; ffn_down 10xq4_k 70xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; attn_output,attn_v,ffn_down 80xq3_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output 80xq4_k; attn_v 2xq5_k 78xq4_k; ffn_down 5xq5_k 75xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output,attn_v,ffn_down 80xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame; ffn_down 10xq5_k 70xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame; ffn_down 10xq5_k 70xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_1; attn_norm 80xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v 4xq5_k 76xq4_k; ffn_down 10xq5_k 70xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v,ffn_down 10xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 11xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_1; attn_norm 80xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame; attn_v,ffn_down 10xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 11xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq6_k; attn_norm 80xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq8_0; attn_norm 80xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq1_0; attn_norm 80xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq2_0; attn_norm 80xsame
    model llama 80 64 64 0 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v,ffn_down,ffn_gate,ffn_up 80xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame; ffn_down 10xq4_1 70xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame; ffn_down 10xq5_1 70xq5_0
    model llama 32 32 8 8 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq1_0
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq1_s; ffn_down 4xq2_k 28xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq1_m; ffn_down 4xq2_k 28xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq2_xxs; ffn_down 4xq2_k 28xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq2_xs; ffn_down 4xq2_k 28xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq2_0
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq2_xs; ffn_down 4xiq3_s 28xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq4_k; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq2_s; ffn_down 4xiq3_s 28xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q 32xiq2_s; ffn_down 4xq4_k 28xq3_k; ffn_gate,ffn_up 32xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q 32xiq3_xxs; ffn_down 32xiq3_s; ffn_gate,ffn_up 4xiq3_s 24xiq3_xxs 4xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_down,ffn_gate,ffn_up 32xiq3_s
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq3_s; ffn_down 4xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 1xq4_k 2xiq3_s 5xq4_k
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_gate,ffn_up 32xq2_k; ffn_down 4xq4_k 28xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xq2_k; ffn_down 32xq3_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_down,ffn_gate,ffn_up 32xq3_k
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xq3_k; ffn_down 2xq5_k 30xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_gate,ffn_up 32xq3_k; ffn_down 32xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq4_xs; ffn_down 4xq5_k 28xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xiq4_nl; ffn_down 4xq5_k 28xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq4_0
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq4_1
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xq4_k; ffn_down 4xq5_k 28xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_gate,ffn_up 32xq4_k; ffn_down 4xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 5xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq5_0
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq5_1
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq5_k
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_gate,ffn_up 32xq5_k; ffn_down 4xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 5xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xq6_k
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 32xq8_0; attn_norm,ffn_gate_inp 32xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xtq1_0
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_down,ffn_gate,ffn_up 32xtq2_0
    model llama 32 32 8 8 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q 32xiq2_s; ffn_down,ffn_gate,ffn_up 32xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_down,ffn_gate,ffn_up 32xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output 32xq5_k; attn_q,ffn_down,ffn_gate,ffn_up 32xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_gate,ffn_up 32xq4_0; ffn_down 4xq4_1 28xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_v 32xq8_0; attn_norm,ffn_gate_inp 32xsame; attn_output,attn_q,ffn_gate,ffn_up 32xq5_0; ffn_down 4xq5_1 28xq5_0
    model llama 16 8 2 4 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq1_0; attn_norm,ffn_gate_inp 16xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 16xiq1_s; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq2_xxs; attn_v 16xq4_k; ffn_down 2xq2_k 14xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 16xiq1_m; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq2_xxs; attn_v 16xq4_k; ffn_down 2xq2_k 14xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xiq2_xxs; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq4_k; ffn_down 2xq2_k 14xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xiq2_xs; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq4_k; ffn_down 2xq2_k 14xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq2_0; attn_norm,ffn_gate_inp 16xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 16xiq2_xs; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq3_s; attn_v 16xq4_k; ffn_down 2xiq3_s 14xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 16xiq2_s; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq3_s; attn_v 16xq4_k; ffn_down 2xiq3_s 14xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 16xiq2_s; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq3_s; attn_v 16xq4_k; ffn_down 2xq4_k 14xq3_k; ffn_gate,ffn_up 16xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 16xiq3_xxs; attn_norm,ffn_gate_inp 16xsame; attn_output,ffn_down 16xiq3_s; attn_v 16xq4_k; ffn_gate,ffn_up 2xiq3_s 12xiq3_xxs 2xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 16xiq3_s; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq4_k
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 16xiq3_s; attn_norm,ffn_gate_inp 16xsame; attn_output,attn_v 16xq4_k; ffn_down 2xq4_k 14xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xq2_k; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq4_k; ffn_down 2xq4_k 14xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 16xq2_k; attn_norm,ffn_gate_inp 16xsame; attn_output,ffn_down 16xq3_k; attn_v 16xq4_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq3_k; attn_norm,ffn_gate_inp 16xsame
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 16xq3_k; attn_norm,ffn_gate_inp 16xsame; attn_output 16xq4_k; attn_v 2xq5_k 14xq4_k; ffn_down 1xq5_k 15xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 16xq3_k; attn_norm,ffn_gate_inp 16xsame; attn_output,attn_v,ffn_down 16xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xiq4_xs; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq5_k; ffn_down 2xq5_k 14xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xiq4_nl; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq5_k; ffn_down 2xq5_k 14xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq4_0; attn_norm,ffn_gate_inp 16xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq4_1; attn_norm,ffn_gate_inp 16xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xq4_k; attn_norm,ffn_gate_inp 16xsame; attn_v 4xq5_k 12xq4_k; ffn_down 2xq5_k 14xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xq4_k; attn_norm,ffn_gate_inp 16xsame; attn_v,ffn_down 2xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 3xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq5_0; attn_norm,ffn_gate_inp 16xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq5_1; attn_norm,ffn_gate_inp 16xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq5_k; attn_norm,ffn_gate_inp 16xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 16xq5_k; attn_norm,ffn_gate_inp 16xsame; attn_v,ffn_down 2xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 3xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq6_k; attn_norm,ffn_gate_inp 16xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xq8_0; attn_norm,ffn_gate_inp 16xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xtq1_0; attn_norm,ffn_gate_inp 16xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 16xtq2_0; attn_norm,ffn_gate_inp 16xsame
    model llama 16 8 2 4 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 16xiq2_s; attn_norm,ffn_gate_inp 16xsame; attn_output 16xiq3_s; attn_v 16xq4_k; ffn_down,ffn_gate,ffn_up 16xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 16xiq4_xs; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq5_k
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 16xiq4_nl; attn_norm,ffn_gate_inp 16xsame; attn_v 16xq5_k
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 16xq4_0; attn_norm,ffn_gate_inp 16xsame; ffn_down 2xq4_1 14xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 16xq5_0; attn_norm,ffn_gate_inp 16xsame; ffn_down 2xq5_1 14xq5_0
    model qwen2 80 64 8 0 own 256 512 none
    q1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq1_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq1_0; attn_norm 80xsame
    iq1_s: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_s; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq1_s
    iq1_m: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xiq1_m; attn_norm 80xsame; attn_output 80xiq2_xxs; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq1_m
    iq2_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xxs; attn_norm 80xsame; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq2_xxs
    iq2_xs: output 1xq5_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_v 80xq4_k; ffn_down 10xq2_k 70xiq2_xs
    q2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq2_0; attn_norm 80xsame
    iq2_s: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_xs; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq4_k; ffn_down 10xiq3_s 70xiq2_xs
    iq2_m: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq4_k; ffn_down 10xiq3_s 70xiq2_s
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq5_k; ffn_down 10xq4_k 70xq3_k; ffn_gate,ffn_up 80xiq3_xxs
    iq3_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq3_xxs; attn_norm 80xsame; attn_output,ffn_down 80xiq3_s; attn_v 80xq5_k; ffn_gate,ffn_up 10xiq3_s 60xiq3_xxs 10xiq3_s
    iq3_s: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame; attn_v 80xq5_k
    iq3_m: output 1xq6_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q,ffn_gate,ffn_up 80xiq3_s; attn_norm 80xsame; attn_output 80xq4_k; attn_v 80xq5_k; ffn_down 10xq4_k 70xiq3_s
    q2_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq4_k 70xq2_k
    q2_k: output 1xq6_k; output_norm 1xsame; token_embd 1xq2_k; attn_k,attn_q,ffn_gate,ffn_up 80xq2_k; attn_norm 80xsame; attn_output,ffn_down 80xq3_k; attn_v 80xq5_k
    q3_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_v 80xq5_k
    q3_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output 80xq4_k; attn_v 80xq5_k; ffn_down 5xq5_k 75xq4_k
    q3_k_l: output 1xq6_k; output_norm 1xsame; token_embd 1xq3_k; attn_k,attn_q,ffn_gate,ffn_up 80xq3_k; attn_norm 80xsame; attn_output,attn_v,ffn_down 80xq5_k
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xiq4_xs
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xiq4_nl
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame
    q4_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq4_1; attn_norm 80xsame
    q4_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v 80xq5_k; ffn_down 10xq5_k 70xq4_k
    q4_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq4_k; attn_norm 80xsame; attn_v 10xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 11xq6_k; ffn_down 10xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 11xq6_k
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame
    q5_1: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_1; attn_norm 80xsame
    q5_k_s: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame
    q5_k_m: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_k; attn_k,attn_output,attn_q,ffn_gate,ffn_up 80xq5_k; attn_norm 80xsame; attn_v,ffn_down 10xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 11xq6_k
    q6_k: output,token_embd 1xq6_k; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq6_k; attn_norm 80xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xq8_0; attn_norm 80xsame
    tq1_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq1_0; attn_norm 80xsame
    tq2_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_k; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 80xtq2_0; attn_norm 80xsame
    model qwen2 80 64 8 0 own 256 512 importance
    iq3_xxs: output 1xq5_k; output_norm 1xsame; token_embd 1xiq3_s; attn_k,attn_q 80xiq2_s; attn_norm 80xsame; attn_output 80xiq3_s; attn_v 80xq5_k; ffn_down,ffn_gate,ffn_up 80xiq3_xxs
    iq4_xs: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_xs; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq4_xs; attn_norm 80xsame; attn_v 80xq5_k
    iq4_nl: output 1xq6_k; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,ffn_down,ffn_gate,ffn_up 80xiq4_nl; attn_norm 80xsame; attn_v 80xq5_k
    q4_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq4_0; attn_norm 80xsame; ffn_down 10xq4_1 70xq4_0
    q5_0: output 1xq6_k; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 80xq5_0; attn_norm 80xsame; ffn_down 10xq5_1 70xq5_0
    model falcon 32 64 1 0 own 256 512 none
    q1_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq1_0; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq1_0
    iq1_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output 32xiq2_xxs; attn_qkv 32xq4_k; ffn_down 4xq2_k 28xiq1_s; ffn_up 32xiq1_s
    iq1_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output 32xiq2_xxs; attn_qkv 32xq4_k; ffn_down 4xq2_k 28xiq1_m; ffn_up 32xiq1_m
    iq2_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output,ffn_up 32xiq2_xxs; attn_qkv 32xq4_k; ffn_down 4xq2_k 28xiq2_xxs
    iq2_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output,ffn_up 32xiq2_xs; attn_qkv 32xq4_k; ffn_down 4xq2_k 28xiq2_xs
    q2_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq2_0
    iq2_s: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output 32xiq3_s; attn_qkv 32xq4_k; ffn_down 4xiq3_s 28xiq2_xs; ffn_up 32xiq2_xs
    iq2_m: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output 32xiq3_s; attn_qkv 32xq4_k; ffn_down 4xiq3_s 28xiq2_s; ffn_up 32xiq2_s
    iq3_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output,ffn_up 32xiq3_xxs; attn_qkv 32xq4_k; ffn_down 4xq4_k 28xq3_k
    iq3_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output,ffn_down 32xiq3_s; attn_qkv 32xq4_k; ffn_up 4xiq3_s 24xiq3_xxs 4xiq3_s
    iq3_s: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output,ffn_down,ffn_up 32xiq3_s; attn_qkv 32xq4_k
    iq3_m: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output,ffn_up 32xiq3_s; attn_qkv 32xq4_k; ffn_down 4xq4_k 28xiq3_s
    q2_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output,ffn_up 32xq2_k; attn_qkv 32xq4_k; ffn_down 4xq4_k 28xq2_k
    q2_k: output 1xq8_0; output_norm 1xsame; token_embd 1xq2_k; attn_norm 32xsame; attn_output,ffn_up 32xq2_k; attn_qkv 32xq4_k; ffn_down 32xq3_k
    q3_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq3_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq3_k
    q3_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq3_k; attn_norm 32xsame; attn_output,ffn_up 32xq3_k; attn_qkv 2xq5_k 30xq4_k; ffn_down 2xq5_k 2xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 1xq4_k 2xq3_k 5xq4_k
    q3_k_l: output 1xq8_0; output_norm 1xsame; token_embd 1xq3_k; attn_norm 32xsame; attn_output,ffn_down 32xq4_k; attn_qkv 32xq5_k; ffn_up 32xq3_k
    iq4_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_xs; attn_norm 32xsame; attn_output,ffn_up 32xiq4_xs; attn_qkv 32xq5_k; ffn_down 4xq5_k 28xiq4_xs
    iq4_nl: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_norm 32xsame; attn_output,ffn_up 32xiq4_nl; attn_qkv 32xq5_k; ffn_down 4xq5_k 28xiq4_nl
    q4_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq4_0
    q4_1: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_1; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq4_1
    q4_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_k; attn_norm 32xsame; attn_output,ffn_down,ffn_up 32xq4_k; attn_qkv 4xq5_k 28xq4_k
    q4_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_k; attn_norm 32xsame; attn_output,ffn_up 32xq4_k; attn_qkv 4xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 1xq6_k 2xq4_k 5xq6_k; ffn_down 2xq6_k 2xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 1xq5_k 2xq4_k 5xq5_k
    q5_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq5_0
    q5_1: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_1; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq5_1
    q5_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq5_k
    q5_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_k; attn_norm 32xsame; attn_output,ffn_up 32xq5_k; attn_qkv,ffn_down 4xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 1xq6_k 2xq5_k 5xq6_k
    q6_k: output 1xq8_0; output_norm 1xsame; token_embd 1xq6_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq6_k
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xq8_0
    tq1_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xtq1_0
    tq2_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_k; attn_norm 32xsame; attn_output,attn_qkv,ffn_down,ffn_up 32xtq2_0
    model falcon 32 64 1 0 own 256 512 importance
    iq3_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq3_s; attn_norm 32xsame; attn_output,ffn_down,ffn_up 32xiq3_xxs; attn_qkv 32xq4_k
    iq4_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_xs; attn_norm 32xsame; attn_output,ffn_down,ffn_up 32xiq4_xs; attn_qkv 32xq5_k
    iq4_nl: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_norm 32xsame; attn_output,ffn_down,ffn_up 32xiq4_nl; attn_qkv 32xq5_k
    q4_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_norm 32xsame; attn_output,attn_qkv,ffn_up 32xq4_0; ffn_down 4xq4_1 28xq4_0
    q5_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_norm 32xsame; attn_output,attn_qkv,ffn_up 32xq5_0; ffn_down 4xq5_1 28xq5_0
    model llama 8 8 8 0 own 288 320 none
    iq1_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; attn_v 8xq4_0; ffn_down 1xq4_0 7xiq4_nl
    iq1_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; attn_v 8xq4_0; ffn_down 1xq4_0 7xiq4_nl
    iq2_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; attn_v 8xq4_0; ffn_down 1xq4_0 7xiq4_nl
    iq2_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; attn_v 8xq4_0; ffn_down 1xq4_0 7xiq4_nl
    q2_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; ffn_down 8xq2_0
    iq2_s: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq2_m: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq3_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; ffn_down 1xq5_0 7xq4_0
    iq3_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq3_s: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq3_m: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_q,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; attn_output,attn_v 8xq5_0; ffn_down 1xq5_0 7xiq4_nl
    q2_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; ffn_down 1xq5_0 7xq4_0
    q2_k: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    q3_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    q3_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_q,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; attn_output,ffn_down 8xq5_0; attn_v 2xq5_1 6xq5_0
    q3_k_l: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_q,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; attn_output,attn_v,ffn_down 8xq5_1
    iq4_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; ffn_down 1xq5_1 7xiq4_nl
    iq4_nl: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame; ffn_down 1xq5_1 7xiq4_nl
    q4_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    q4_1: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_1; attn_norm 8xsame
    q4_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame; attn_v 4xq5_1 4xq5_0; ffn_down 1xq5_1 7xq5_0
    q4_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame; attn_v,ffn_down 1xq8_0 2xq5_0 1xq8_0 2xq5_0 2xq8_0
    q5_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame
    q5_1: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_1; attn_norm 8xsame
    q5_k_s: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq5_1; attn_norm 8xsame
    q5_k_m: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_1; attn_k,attn_output,attn_q,ffn_gate,ffn_up 8xq5_1; attn_norm 8xsame; attn_v,ffn_down 1xq8_0 2xq5_1 1xq8_0 2xq5_1 2xq8_0
    q6_k: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq8_0; attn_norm 8xsame
    q8_0: output,token_embd 1xq8_0; output_norm 1xsame; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq8_0; attn_norm 8xsame
    tq1_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    tq2_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame
    model llama 8 8 8 0 own 288 320 importance
    iq3_xxs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq4_xs: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    iq4_nl: output 1xq8_0; output_norm 1xsame; token_embd 1xiq4_nl; attn_k,attn_output,attn_q,attn_v,ffn_down,ffn_gate,ffn_up 8xiq4_nl; attn_norm 8xsame
    q4_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq4_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq4_0; attn_norm 8xsame; ffn_down 1xq4_1 7xq4_0
    q5_0: output 1xq8_0; output_norm 1xsame; token_embd 1xq5_0; attn_k,attn_output,attn_q,attn_v,ffn_gate,ffn_up 8xq5_0; attn_norm 8xsame; ffn_down 1xq5_1 7xq5_0
    """
}
