import Models

/// What mixes tell apart.
extension Role {
  /// Whether the values that attention passes on come out of this matrix.
  var makesValues: Bool {
    switch self {
    case .attentionValue, .attentionQueryKeyValue, .deltaQueryKeyValue: true
    default: false
    }
  }

  /// Whether it gates a feed-forward layer, or an expert.
  var isGate: Bool {
    switch self {
    case .feedForwardGate, .expertGate, .sharedGate: true
    default: false
    }
  }

  /// Whether it widens the stream for a feed-forward layer, or an expert.
  var isUp: Bool {
    switch self {
    case .feedForwardUp, .feedForwardGateUp, .expertUp, .sharedUp: true
    default: false
    }
  }

  /// Whether it is the last matrix of a feed-forward layer, or of an expert.
  var isDown: Bool {
    switch self {
    case .feedForwardDown, .expertDown, .sharedDown: true
    default: false
    }
  }
}

/// Which tensors are quantized at all.
package enum QuantizedTensors {
  /// Whether a tensor of this role and number of dimensions (those of more than one row or column) is quantized.
  ///
  /// Vectors, such as norms and biases, what looks up positions, types of tokens and experts, and the taps of convolutions are left as they are, as llama.cpp does
  /// (`tensor_allows_quantization`).
  package static func contains(_ role: Role, dimensions: Int) -> Bool {
    dimensions >= 2 && !excluded.contains(role)
  }

  /// Whether a tensor stays in floating point unless it is asked for by its name, as llama.cpp has it.
  package static func staysInFloats(_ role: Role) -> Bool { small.contains(role) }

  private static let small: Set<Role> = [
    .layerEmbeddingProjection, .streamInput, .streamOutput, .altUpRouter, .laurelDown, .laurelUp,
  ]

  private static let excluded: Set<Role> = [
    .positionEmbedding, .tokenTypeEmbedding, .router, .deltaConvolution, .convolutionTaps, .stateConvolution,
    .altUpPrediction, .altUpCorrection,
  ]
}
