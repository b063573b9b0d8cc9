extension KeyGuide {
  static let measures = [
    text("perplexity", "Perplexity of the product.", "{max: 12}"),
    text("perplexity_ratio", "Perplexity of the product over that of the original.", "{max: 1.02}"),
    text(
      "mean_kld", "Mean Kullback-Leibler divergence of next-token distributions from the original's, in nats.",
      "{max: 0.02}"),
    text("median_kld", "The divergence that half of the tokens stay below.", "{max: 0.01}"),
    text("p90_kld", "The divergence that 90 % of the tokens stay below.", "{max: 0.05}"),
    text("p99_kld", "The divergence that 99 % of the tokens stay below.", "{max: 0.3}"),
    text("p999_kld", "The divergence that 99.9 % of the tokens stay below.", "{max: 1}"),
    text("max_kld", "The largest divergence of any token.", "{max: 5}"),
    text("top1_agreement", "Share of tokens for which both models put the same token first.", "{min: 0.95}"),
    text(
      "top5_agreement", "Mean share of the original's five most likely tokens that are among the product's five.",
      "{min: 0.9}"),
    text("rms_delta_p", "Root of the mean squared change of the probability of the token that came.", "{max: 0.05}"),
    tasks("accuracy", "Share of questions whose right choice has the highest log-likelihood.", "{min: 0.6}"),
    tasks("accuracy_norm", "The same with each log-likelihood divided by the length of the choice.", "{min: 0.6}"),
    tasks("accuracy_drop", "Accuracy of the original less that of the product.", "{max: 0.01}"),
    tasks("accuracy_norm_drop", "Normalized accuracy of the original less that of the product.", "{max: 0.01}"),
    tasks("flips", "Share of questions that one model answers rightly and the other wrongly.", "{max: 0.05}"),
    tasks("flips_norm", "The same, judged by normalized accuracy.", "{max: 0.05}"),
    text(
      "mean_cosine", "Mean cosine similarity of embeddings to the original's; of models that make embeddings.",
      "{min: 0.99}"),
    text("p1_cosine", "The cosine similarity that 1 % of the texts lie below.", "{min: 0.98}"),
    text("min_cosine", "The lowest cosine similarity of any text.", "{min: 0.95}"),
    text(
      "max_block_error", "The largest relative squared error of any 256 consecutive weights; not with `transform`.",
      "{max: 0.1}"),
    text(
      "tokenizer_mismatches", "Sequences and questions that the product's own tokenizer cuts otherwise.", "{max: 0}"),
    text("fallbacks", "Tensors that did not get the type that was asked for.", "{max: 0}"),
    KeyGuide(
      "gates.max_layer_error", "The largest relative output error of any matrix on the calibration text.",
      "calibrate: {corpora: [text.txt]}\nvalidate: {gates: {max_layer_error: {max: 0.1}}}"),
    KeyGuide(
      "gates.min_expert_tokens", "The fewest calibration tokens that any expert was sent.",
      "calibrate: {corpora: [text.txt]}\nvalidate: {gates: {min_expert_tokens: {min: 64}}}"),
    text("file_bytes", "Bytes of the product.", "{max: 4000000000}"),
    text("bits_per_weight", "Mean bits of a weight of the product.", "{max: 4.9}"),
  ]

  private static func text(_ measure: String, _ summary: String, _ gate: String) -> KeyGuide {
    KeyGuide("gates.\(measure)", summary, "validate: {corpus: heldout.txt, gates: {\(measure): \(gate)}}")
  }

  private static func tasks(_ measure: String, _ summary: String, _ gate: String) -> KeyGuide {
    KeyGuide("gates.\(measure)", summary, "validate: {tasks: [questions.jsonl], gates: {\(measure): \(gate)}}")
  }
}
